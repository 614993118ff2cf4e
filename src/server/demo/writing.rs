//! Writes the demo's script into one transaction.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;

use super::{
    DemoError, DemoSize, Drawing, Drawings, LOGIN, ago,
    bell::{Bell, named},
    board::{Applicant, OFFERS},
    cast::{MEMBERS, Member},
    pictures::Scene,
    scatter,
    script::{POSTS, Post, Said},
    talks::{Carried, Line, TALKS, Talk},
};
use crate::{
    protocol::{
        attachments::AttachmentKind,
        conversations::{ConversationKind, Note, Standing},
        crop::Crop,
        ids::{
            ApplicationId, AttachmentId, CommentId, ConnectionRequestId, ConversationId, ImageId, JobId, MessageId,
            NotificationId, PostId, UserId,
        },
        notifications::Occasion,
        time::Timestamp,
        views::{Audience, ConnectionState, Role},
    },
    server::domain::{
        Ports, Raise,
        attachments::attachment_blob,
        images::blob_name,
        ports::{
            ApplicationRecord, AttachmentRecord, Carrier, CommentRecord, ConnectionRecord, ConversationRecord,
            ImagePurpose, ImageRecord, JobRecord, JobText, MemberRecord, MessageRecord, MessagesRecord, PersonRecord,
            Picture, PostRecord, Tx,
        },
        text::entities,
    },
};

const MINUTES_PER_DAY: u64 = 24 * 60;
/// Who looks after the community beside its owner.
const MODERATOR: &str = "dev";
/// Who waits for the owner's answer.
const ASKING: &str = "ingrid";
/// Somebody has only just followed the one who signs in.
const NEWEST_FOLLOW: (&str, &str) = ("lena", LOGIN);
/// See [`NEWEST_FOLLOW`].
const NEWEST_FOLLOW_AGO_MIN: u64 = 42;

/// The transaction, and who is who in it.
pub struct Writer<'a> {
    ports: &'a Ports,
    tx: Box<dyn Tx>,
    drawings: &'a Drawings,
    now: Timestamp,
    ids: HashMap<&'static str, UserId>,
    followers: HashMap<UserId, Vec<UserId>>,
    bell: Bell,
    size: DemoSize,
}

impl<'a> Writer<'a> {
    /// Into this transaction.
    pub fn new(ports: &'a Ports, tx: Box<dyn Tx>, drawings: &'a Drawings) -> Self {
        let now = ports.clock.now();
        Self {
            ports,
            tx,
            drawings,
            now,
            ids: HashMap::new(),
            followers: HashMap::new(),
            bell: Bell::default(),
            size: DemoSize::default(),
        }
    }

    /// Keeps everything; how much it was.
    pub async fn commit(self) -> Result<DemoSize, DemoError> {
        self.tx.commit().await?;
        Ok(self.size)
    }

    /// Everybody, in the order in which they joined.
    pub async fn people(&mut self, password_hash: &str) -> Result<(), DemoError> {
        for (at, member) in MEMBERS.iter().enumerate() {
            let role = match (at, member.username) {
                (0, _) => Role::Owner,
                (_, MODERATOR) => Role::Moderator,
                _ => Role::Member,
            };
            self.person(member, role, password_hash).await?;
        }
        Ok(())
    }

    async fn person(&mut self, member: &Member, role: Role, password_hash: &str) -> Result<(), DemoError> {
        let joined = ago(self.now, member.joined_days_ago * MINUTES_PER_DAY);
        let id = UserId::new(self.ports.ids.next(joined));
        let person = PersonRecord {
            id,
            email: format!("{}@studio.example", member.username),
            username: member.username.to_owned(),
            full_name: member.full_name.to_owned(),
            bio: member.bio.to_owned(),
            role,
            avatar: None,
            password_hash: password_hash.to_owned(),
            created_at: joined,
        };
        self.tx.insert_person(&person).await?;
        if let Some(drawing) = self.drawings.faces.get(member.username) {
            let image = self.image(id, drawing, ImagePurpose::Avatar, None, joined).await?;
            self.tx.set_avatar(id, Some(image)).await?;
        }
        self.ids.insert(member.username, id);
        self.size.people += 1;
        Ok(())
    }

    async fn image(
        &mut self,
        owner: UserId,
        drawing: &Drawing,
        purpose: ImagePurpose,
        conversation_id: Option<ConversationId>,
        at: Timestamp,
    ) -> Result<ImageId, DemoError> {
        let id = ImageId::new(self.ports.ids.next(at));
        self.ports.blobs.put(&blob_name(id), drawing.file.clone()).await?;
        let record = ImageRecord {
            id,
            owner,
            purpose,
            post_id: None,
            conversation_id,
            content_type: "image/jpeg".to_owned(),
            width: drawing.width,
            height: drawing.height,
            size_bytes: drawing.file.len() as u64,
            created_at: at,
        };
        self.tx.insert_image(&record).await?;
        Ok(id)
    }

    /// The better known somebody is, the more follow them; from the day the later of the two joined.
    pub async fn follows(&mut self) -> Result<(), DemoError> {
        for (at, follower) in MEMBERS.iter().enumerate() {
            for (of, followee) in MEMBERS.iter().enumerate() {
                let chance = scatter((at * 101 + of) as u64) % 14;
                if at == of || chance >= followee.renown + 2 {
                    continue;
                }
                let days = follower.joined_days_ago.min(followee.joined_days_ago);
                let long_ago = days * MINUTES_PER_DAY - scatter((of * 89 + at) as u64) % MINUTES_PER_DAY;
                let is_newest = (follower.username, followee.username) == NEWEST_FOLLOW;
                let when = ago(self.now, if is_newest { NEWEST_FOLLOW_AGO_MIN } else { long_ago });
                self.follow(follower.username, followee.username, when).await?;
            }
        }
        Ok(())
    }

    async fn follow(&mut self, follower: &'static str, followee: &'static str, at: Timestamp) -> Result<(), DemoError> {
        let (follower, followee) = (self.id_of(follower)?, self.id_of(followee)?);
        let cursor = self.ports.ids.next(at);
        self.tx.insert_follow(follower, followee, cursor, at).await?;
        self.followers.entry(followee).or_default().push(follower);
        self.bell.note(at, Raise::followed(followee, follower));
        self.size.follows += 1;
        Ok(())
    }

    /// Those who know each other well are connected, and somebody waits for the owner's answer.
    pub async fn connections(&mut self) -> Result<(), DemoError> {
        for (at, one) in MEMBERS.iter().enumerate() {
            for (of, other) in MEMBERS.iter().enumerate().skip(at + 1) {
                let asks = (one.username, other.username) == (LOGIN, ASKING);
                if !asks && !scatter((at * 67 + of * 5) as u64).is_multiple_of(5) {
                    continue;
                }
                let days = one.joined_days_ago.min(other.joined_days_ago);
                let known =
                    ago(self.now, days * MINUTES_PER_DAY / 2 - scatter((of * 53 + at) as u64) % MINUTES_PER_DAY);
                let when = if asks { ago(self.now, 50) } else { known };
                let states = match asks {
                    true => [ConnectionState::Asked, ConnectionState::Requested],
                    false => [ConnectionState::Connected; 2],
                };
                self.connect(one.username, other.username, states, when).await?;
            }
        }
        Ok(())
    }

    async fn connect(
        &mut self,
        one: &'static str,
        other: &'static str,
        states: [ConnectionState; 2],
        at: Timestamp,
    ) -> Result<(), DemoError> {
        let (one, other) = (self.id_of(one)?, self.id_of(other)?);
        let (request_id, place) = (ConnectionRequestId::new(self.ports.ids.next(at)), self.ports.ids.next(at));
        for ((person, with), state) in [(one, other), (other, one)].into_iter().zip(states) {
            let record = ConnectionRecord { state, request_id, place, declined_at: None, removed_at: None };
            self.tx.set_connection(person, with, &record).await?;
            if state == ConnectionState::Asked {
                self.bell.note(at, Raise::connection(person, with, Occasion::ConnectionAsked, request_id));
            }
        }
        self.size.connections += u64::from(states == [ConnectionState::Connected; 2]);
        Ok(())
    }

    /// Every post with all that belongs to it, oldest first: ids follow the time.
    pub async fn posts(&mut self) -> Result<(), DemoError> {
        for post in POSTS.iter().rev() {
            let posted = ago(self.now, post.ago_min);
            let id = self.post(post, posted).await?;
            let others = self.audience_of(post)?;
            for (liker, at) in likers(&others, post.likes, posted, self.now, id.get()) {
                self.tx.set_post_like(id, liker, true, at).await?;
                self.bell.note(at, Raise::post_liked(self.id_of(post.by)?, liker, id, post.text));
                self.size.post_likes += 1;
            }
            for comment in post.comments {
                let place = Place { post: id, author: self.id_of(post.by)?, parent: None, posted, others: &others };
                let said = self.said(&place, &comment.said).await?;
                let below = Place { parent: Some((said, self.id_of(comment.said.by)?)), ..place };
                for reply in comment.replies {
                    self.said(&below, reply).await?;
                }
            }
        }
        Ok(())
    }

    async fn post(&mut self, post: &Post, posted: Timestamp) -> Result<PostId, DemoError> {
        let author = self.id_of(post.by)?;
        let record = PostRecord {
            id: PostId::new(self.ports.ids.next(posted)),
            author,
            content: post.text.to_owned(),
            entities: entities(post.text, author, &mut *self.tx).await?,
            audience: post.audience,
            created_at: posted,
            client_id: None,
        };
        self.tx.insert_post(&record).await?;
        for (position, (scene, alt)) in post.pictures.iter().enumerate() {
            let drawing = self.drawings.scenes.get(scene).ok_or(DemoError::Drawing)?;
            let image = self.image(author, drawing, ImagePurpose::Photo, None, posted).await?;
            self.tx.attach_image(image, author, record.id, position, alt).await?;
            self.size.pictures += 1;
        }
        self.size.posts += 1;
        Ok(record.id)
    }

    /// Every conversation, the one in which something was last said at the end: ids follow the time.
    pub async fn talks(&mut self) -> Result<(), DemoError> {
        for talk in TALKS {
            let begun = ago(self.now, talk.lines.first().map_or(0, |line| line.ago_min + 1));
            let id = self.conversation(talk, begun).await?;
            let mut numbers = Vec::new();
            for line in talk.lines {
                numbers.push(self.line(id, line).await?);
            }
            let read = numbers.len().checked_sub(talk.unread + 1).and_then(|at| numbers.get(at)).copied();
            if talk.unread > 0 && talk.members.contains(&LOGIN) {
                self.unread(id, talk, read.unwrap_or_default()).await?;
            }
            for member in talk.members {
                let read = if *member == LOGIN { read } else { numbers.last().copied() };
                self.tx.set_read(id, self.id_of(member)?, read.unwrap_or_default()).await?;
            }
            self.size.conversations += 1;
        }
        Ok(())
    }

    /// The bell tells the one who signs in of what they have not read.
    async fn unread(&mut self, conversation_id: ConversationId, talk: &Talk, read: u64) -> Result<(), DemoError> {
        let recipient = self.id_of(LOGIN)?;
        let Some(unread) = self.tx.unread_messages(conversation_id, recipient, read).await? else { return Ok(()) };
        let messages = MessagesRecord {
            // A fresh one is given when the bell is rung.
            id: NotificationId::new(0),
            recipient,
            conversation_id,
            occasion: if talk.title.is_some() { Occasion::WroteInGroup } else { Occasion::Wrote },
            subject: talk.title.map(str::to_owned),
            count: talk.unread as u64,
            actor_count: unread.actor_count,
            actors: unread.actors,
            message_id: unread.message_id,
            excerpt: Some(unread.excerpt),
            shown: true,
            at: unread.at,
        };
        self.bell.note_messages(messages);
        Ok(())
    }

    async fn conversation(&mut self, talk: &Talk, begun: Timestamp) -> Result<ConversationId, DemoError> {
        let mut people = Vec::new();
        for member in talk.members {
            people.push(self.id_of(member)?);
        }
        let (kind, pair) = match (talk.title, people.as_slice()) {
            (None, &[one, other]) => (ConversationKind::Direct, Some((one.min(other), one.max(other)))),
            _ => (ConversationKind::Group, None),
        };
        let beginner = people.first().copied().ok_or(DemoError::Script("nobody"))?;
        let conversation = ConversationRecord {
            id: ConversationId::new(self.ports.ids.next(begun)),
            kind,
            title: talk.title.map(str::to_owned),
            pair,
            created_by: beginner,
            client_id: None,
            created_at: begun,
        };
        self.tx.insert_conversation(&conversation).await?;
        for person in people {
            let speaks = talk.lines.iter().any(|line| self.ids.get(line.by) == Some(&person));
            let knows = self.followers.get(&beginner).is_some_and(|followers| followers.contains(&person));
            let standing = if speaks || knows || person == beginner { Standing::Active } else { Standing::Requested };
            let member = MemberRecord {
                user_id: person,
                standing,
                admin: kind == ConversationKind::Group && person == beginner,
                from_seq: 0,
                read_number: 0,
                delivered_number: 0,
                shows_receipts: true,
            };
            self.tx.put_member(conversation.id, &member, begun).await?;
        }
        if let Some(scene) = talk.picture {
            self.group_picture(conversation.id, beginner, scene, begun).await?;
        }
        if kind == ConversationKind::Group {
            self.entry(conversation.id, beginner, "", Some(Note::Created), begun).await?;
        }
        Ok(conversation.id)
    }

    async fn group_picture(
        &mut self,
        id: ConversationId,
        by: UserId,
        scene: Scene,
        at: Timestamp,
    ) -> Result<(), DemoError> {
        let drawing = self.drawings.scenes.get(&scene).ok_or(DemoError::Drawing)?;
        let square = self.ports.pictures.avatar(drawing.file.clone(), Crop::default()).await;
        let Picture { bytes, width, height, .. } = square.map_err(|_| DemoError::Drawing)?;
        let drawing = Drawing { file: bytes, width, height };
        let image = self.image(by, &drawing, ImagePurpose::Avatar, Some(id), at).await?;
        Ok(self.tx.set_group_picture(id, Some(image)).await?)
    }

    async fn carry(
        &mut self,
        message: MessageId,
        by: UserId,
        carried: Carried,
        at: Timestamp,
    ) -> Result<(), DemoError> {
        let id = AttachmentId::new(self.ports.ids.next(at));
        let (kind, name, content_type, file, size) = match carried {
            Carried::Photo(name, scene) => {
                let drawing = self.drawings.scenes.get(&scene).ok_or(DemoError::Drawing)?;
                let size = Some((drawing.width, drawing.height));
                (AttachmentKind::Image, name, "image/jpeg", drawing.file.clone(), size)
            }
            Carried::Text(name, text) => {
                (AttachmentKind::File, name, "application/octet-stream", Bytes::from_static(text.as_bytes()), None)
            }
        };
        let attachment = AttachmentRecord {
            id,
            owner: by,
            client_id: None,
            carrier: None,
            kind,
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size_bytes: file.len() as u64,
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            duration_ms: None,
            waveform: Vec::new(),
            created_at: at,
        };
        self.ports.blobs.put(&attachment_blob(id), file).await?;
        self.tx.insert_attachment(&attachment).await?;
        self.tx.claim_attachment(id, by, Carrier::Message(message)).await?;
        Ok(())
    }

    /// What is offered on the job board, and who applied.
    pub async fn board(&mut self) -> Result<(), DemoError> {
        for offer in OFFERS {
            let at = ago(self.now, offer.ago_min);
            let id = JobId::new(self.ports.ids.next(at));
            let poster = self.id_of(offer.by)?;
            let text = JobText {
                title: offer.title.to_owned(),
                place: offer.place.to_owned(),
                kind: offer.kind,
                content: offer.text.to_owned(),
                entities: entities(offer.text, poster, &mut *self.tx).await?,
                closing: None,
            };
            let job = JobRecord { id, poster, text, created_at: at, client_id: None };
            self.tx.insert_job(&job).await?;
            self.size.jobs += 1;
            for applicant in offer.applicants {
                self.application(id, applicant).await?;
            }
        }
        Ok(())
    }

    async fn application(&mut self, job: JobId, applicant: &Applicant) -> Result<(), DemoError> {
        let Some(((_, sent), later)) = applicant.steps.split_first() else { return Ok(()) };
        let created_at = ago(self.now, *sent);
        let id = ApplicationId::new(self.ports.ids.next(created_at));
        let note = applicant.note.to_owned();
        let application = ApplicationRecord { id, job, applicant: self.id_of(applicant.who)?, note, created_at };
        self.tx.insert_application(&application).await?;
        for (stage, minutes) in later {
            self.tx.set_stage(id, *stage, ago(self.now, *minutes)).await?;
        }
        self.size.applications += 1;
        Ok(())
    }

    /// Says a line; the number of the message.
    async fn line(&mut self, id: ConversationId, line: &Line) -> Result<u64, DemoError> {
        let at = ago(self.now, line.ago_min);
        let (message, number) = self.entry(id, self.id_of(line.by)?, line.text, None, at).await?;
        if let Some(carried) = line.carries {
            self.carry(message, self.id_of(line.by)?, carried, at).await?;
        }
        for (by, emoji) in line.reactions {
            self.tx.set_reaction(message, self.id_of(by)?, emoji, true, at).await?;
            let entry = self.tx.next_entry(id, false).await?;
            self.tx.set_revision(message, entry.seq).await?;
        }
        self.size.messages += 1;
        Ok(number)
    }

    async fn entry(
        &mut self,
        conversation_id: ConversationId,
        sender: UserId,
        text: &str,
        note: Option<Note>,
        at: Timestamp,
    ) -> Result<(MessageId, u64), DemoError> {
        let entry = self.tx.next_entry(conversation_id, note.is_none()).await?;
        let message = MessageRecord {
            id: MessageId::new(self.ports.ids.next(at)),
            conversation_id,
            entry,
            sender,
            client_id: None,
            content: text.to_owned(),
            entities: entities(text, sender, &mut *self.tx).await?,
            reply_to: None,
            note,
            created_at: at,
        };
        self.tx.insert_message(&message).await?;
        Ok((message.id, entry.number))
    }

    async fn said(&mut self, place: &Place<'_>, said: &Said) -> Result<CommentId, DemoError> {
        let at = place.posted.plus(Duration::from_secs(said.after_min * 60)).min(self.now);
        let author = self.id_of(said.by)?;
        let record = CommentRecord {
            id: CommentId::new(self.ports.ids.next(at)),
            post_id: place.post,
            parent_id: place.parent.map(|(comment, _)| comment),
            author,
            content: said.text.to_owned(),
            entities: entities(said.text, author, &mut *self.tx).await?,
            created_at: at,
            client_id: None,
        };
        self.tx.insert_comment(&record).await?;
        self.size.comments += 1;
        self.note_comment(place, &record);
        for (liker, when) in likers(place.others, said.likes, at, self.now, record.id.get()) {
            self.tx.set_comment_like(record.id, liker, true, when).await?;
            let raise = Raise::comment_liked(record.author, liker, place.post, record.id, said.text);
            self.bell.note(when, raise);
            self.size.comment_likes += 1;
        }
        Ok(record.id)
    }

    /// Whom a comment concerns: those it names, then who is answered, then whose post it is under; each once.
    fn note_comment(&mut self, place: &Place<'_>, comment: &CommentRecord) {
        let (by, post, id, text) = (comment.author, place.post, comment.id, comment.content.as_str());
        for username in named(&comment.entities) {
            if let Some(person) = self.ids.get(username.as_str()) {
                self.bell.note(comment.created_at, Raise::mentioned_in_comment(*person, by, post, id, text));
            }
        }
        if let Some((parent, author)) = place.parent {
            self.bell.note(comment.created_at, Raise::replied(author, by, post, parent, id, text));
        }
        self.bell.note(comment.created_at, Raise::commented(place.author, by, post, id, text));
    }

    /// What concerned the one who signs in, up to now.
    pub async fn bell(&mut self) -> Result<(), DemoError> {
        let owner = self.id_of(LOGIN)?;
        Ok(std::mem::take(&mut self.bell).ring(owner, self.now, self.ports, &mut *self.tx).await?)
    }

    fn id_of(&self, username: &'static str) -> Result<UserId, DemoError> {
        self.ids.get(username).copied().ok_or(DemoError::Script(username))
    }

    /// Those who may see a post and did not write it, in the order in which they joined.
    fn audience_of(&self, post: &Post) -> Result<Vec<UserId>, DemoError> {
        let author = self.id_of(post.by)?;
        match post.audience {
            Audience::Public => {
                let all: Result<Vec<UserId>, _> = MEMBERS.iter().map(|member| self.id_of(member.username)).collect();
                Ok(all?.into_iter().filter(|id| *id != author).collect())
            }
            // The script has none of these.
            Audience::Connections => Ok(Vec::new()),
            Audience::Followers => Ok(self.followers.get(&author).cloned().unwrap_or_default()),
        }
    }
}

/// Where something is said.
struct Place<'a> {
    post: PostId,
    author: UserId,
    /// The comment that it answers, and who wrote that.
    parent: Option<(CommentId, UserId)>,
    posted: Timestamp,
    /// Who may see it.
    others: &'a [UserId],
}

/// `count` of `others` with the moment they liked it, at most half a day after `since`.
fn likers(others: &[UserId], count: usize, since: Timestamp, now: Timestamp, seed: u64) -> Vec<(UserId, Timestamp)> {
    let mut drawn: Vec<(u64, UserId)> =
        others.iter().enumerate().map(|(at, id)| (scatter(seed ^ scatter(at as u64)), *id)).collect();
    drawn.sort_unstable_by_key(|(order, _)| *order);
    let window_ms = (now.since(since).as_millis() as u64).clamp(1, MINUTES_PER_DAY / 2 * 60_000);
    let moment = |order: u64| since.plus(Duration::from_millis(order % window_ms));
    drawn.into_iter().take(count).map(|(order, id)| (id, moment(order))).collect()
}
