//! Conversations, their members, and everybody's list of them.
//!
//! A list is ordered by the newest message of each conversation, which is kept with the conversation alone: a message to
//! 250 people would otherwise change 250 rows. So a page looks up every conversation its reader is in, one probe of an
//! index each, and keeps the newest; members, last messages and reactions of the whole page take one query each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;

use super::{
    Db, HOLDS_ROWS, Link, columns,
    columns::{PersonRefRow, image_url, key, moment, ms, number, rows},
    key_list,
    people::folded,
};
use crate::{
    protocol::{
        conversations::{
            Conversation, ConversationBox, ConversationItem, HeldConversation, MemberView, Membership, MessageView,
            Standing,
        },
        events::UnreadConversation,
        ids::{ConversationId, ImageId, MessageId, UserId},
        limits::PAGE_MAX,
        time::Timestamp,
        views::{PersonRef, Privacy},
    },
    server::domain::ports::{
        ConversationFacts, ConversationRecord, ConversationsRead, ConversationsWrite, Entry, MemberRecord,
        MessagesRead, ReadUpTo, SeatRecord, Stored,
    },
};

/// What all members see of a conversation.
macro_rules! shared_columns {
    () => {
        "conversation.id, conversation.kind, conversation.title, conversation.avatar_id, conversation.version, \
         conversation.seq, conversation.last_number, conversation.last_said_at"
    };
}

/// What a member has to themselves, from the row `mine`.
macro_rules! own_columns {
    () => {
        "mine.standing, mine.admin, mine.read_number, mine.muted, mine.pinned, mine.draft, mine.version AS own_version"
    };
}

/// Where a conversation stands in a list.
macro_rules! place {
    () => {
        "coalesce(conversation.last_message_id, conversation.id)"
    };
}

/// A conversation as the owner of the row `mine` has it.
macro_rules! select_items {
    () => {
        concat!(
            "SELECT ",
            shared_columns!(),
            ", ",
            own_columns!(),
            ", ",
            place!(),
            " AS place, (SELECT message.id FROM message WHERE message.id = conversation.last_message_id ",
            "AND message.seq > mine.from_seq) AS last_message_id ",
            "FROM conversation_member AS mine CROSS JOIN conversation ",
            "WHERE conversation.id = mine.conversation_id AND mine.user_id = $1 AND ",
        )
    };
}

/// What is in the list of the person `$1`: nobody is told that somebody thought of writing to them.
macro_rules! listed {
    () => {
        "(conversation.kind = 'group' OR conversation.last_message_id IS NOT NULL OR conversation.created_by = $1)"
    };
}

/// Whom the members see: a decline is not told in a conversation of two, and ends the part in a group.
macro_rules! shown {
    () => {
        "(member.standing IN ('active', 'requested') OR (member.standing = 'declined' AND conversation.kind = 'direct'))"
    };
}

macro_rules! page_of_conversations {
    ($narrowed:expr) => {
        concat!(
            select_items!(),
            "mine.standing = $2 AND ",
            listed!(),
            $narrowed,
            " AND ",
            place!(),
            " < $3 ORDER BY ",
            place!(),
            " DESC LIMIT $4",
        )
    };
}

pub(super) const PAGE_OF_CONVERSATIONS: &str = page_of_conversations!("");

pub(super) const PAGE_OF_FOUND: &str = page_of_conversations!(concat!(
    " AND (",
    contains!("conversation.title_folded", "$5"),
    " OR (SELECT 1 FROM conversation_member AS member CROSS JOIN person_word ",
    "WHERE member.conversation_id = conversation.id AND member.user_id <> $1 AND ",
    shown!(),
    " AND person_word.person_id = member.user_id AND ",
    contains!("person_word.word", "$5"),
    " LIMIT 1) IS NOT NULL)"
));

pub(super) const PINNED: &str = concat!(
    select_items!(),
    "mine.standing = 'active' AND mine.pinned = TRUE AND ",
    listed!(),
    " ORDER BY ",
    place!(),
    " DESC LIMIT $2",
);

const ITEM: &str = concat!(select_items!(), "mine.conversation_id = $2 AND mine.standing <> 'left'");

pub(super) const MEMBERS: &str = concat!(
    "SELECT member.conversation_id, member.user_id, member.standing, member.admin, member.from_seq, ",
    "member.read_number, member.delivered_number, person.shows_receipts ",
    "FROM conversation_member AS member CROSS JOIN person WHERE member.conversation_id ",
    one_of!("$1"),
    " AND member.standing <> 'left' AND person.id = member.user_id ",
    "ORDER BY member.conversation_id, member.joined_at, member.user_id",
);

/// Entries for a list of conversations (conversation, how many, how many messages among them).
pub(super) const NEXT_ENTRIES: &str = concat!(
    "UPDATE conversation SET seq = seq + ",
    cell!(1),
    ", last_number = last_number + ",
    cell!(2),
    " FROM ",
    records!("$1"),
    " WHERE conversation.id = ",
    cell!(0),
    " RETURNING conversation.id, seq, last_number",
);

/// How far a list of members has read (conversation, person, number).
pub(super) const SET_READ: &str = concat!(
    "UPDATE conversation_member SET read_number = ",
    cell!(2),
    ", delivered_number = CASE WHEN delivered_number < ",
    cell!(2),
    " THEN ",
    cell!(2),
    " ELSE delivered_number END FROM ",
    records!("$1"),
    " WHERE conversation_member.conversation_id = ",
    cell!(0),
    " AND conversation_member.user_id = ",
    cell!(1),
    " AND conversation_member.read_number < ",
    cell!(2),
    " RETURNING conversation_id, user_id",
);

/// How far the member is, as `$2` may know: of somebody who takes part, if both show theirs and neither blocked the other.
macro_rules! told {
    ($position:literal) => {
        concat!(
            "CASE WHEN member.standing = 'active' AND (member.user_id = $2 OR (person.shows_receipts = TRUE AND ",
            "(SELECT viewer.shows_receipts FROM person AS viewer WHERE viewer.id = $2) = TRUE AND ",
            "(SELECT 1 FROM block WHERE block.blocker_id = $2 AND block.blocked_id = member.user_id) IS NULL AND ",
            "(SELECT 1 FROM block WHERE block.blocker_id = member.user_id AND block.blocked_id = $2) IS NULL)) ",
            "THEN member.",
            $position,
            " ELSE 0 END AS ",
            $position,
        )
    };
}

/// The members of some conversations, as `$2` sees them; for `0` it is not told how far they are.
pub(super) const MEMBERS_SHOWN: &str = concat!(
    "SELECT member.conversation_id, member.admin, ",
    told!("read_number"),
    ", ",
    told!("delivered_number"),
    ", ",
    person_columns!(),
    " FROM conversation_member AS member CROSS JOIN conversation CROSS JOIN person WHERE member.conversation_id ",
    one_of!("$1"),
    " AND conversation.id = member.conversation_id AND ",
    shown!(),
    " AND person.id = member.user_id ORDER BY member.conversation_id, member.joined_at, member.user_id",
);

/// What all members see of some conversations.
pub(super) const SHARED: &str =
    concat!("SELECT ", shared_columns!(), " FROM conversation WHERE conversation.id ", one_of!("$1"));

/// Everybody in some conversations, with what decides about what they see and show.
pub(super) const SEATED: &str = concat!(
    "SELECT member.conversation_id, member.standing, member.admin, member.from_seq, member.read_number, ",
    "member.delivered_number, person.shows_presence, person.shows_typing, person.shows_receipts, person.is_private, ",
    person_columns!(),
    " FROM conversation_member AS member CROSS JOIN person WHERE member.conversation_id ",
    one_of!("$1"),
    " AND member.standing <> 'left' AND person.id = member.user_id ",
    "ORDER BY member.conversation_id, member.joined_at, member.user_id",
);

/// What decides about some conversations in which the person `$1` takes part or was asked to.
pub(super) const FACTS_OF_HELD: &str = concat!(
    "SELECT ",
    facts_columns!(),
    " FROM conversation_member AS mine CROSS JOIN conversation CROSS JOIN person ",
    "WHERE mine.user_id = $1 AND person.id = $1 AND mine.conversation_id ",
    one_of!("$2"),
    " AND mine.standing IN ('active', 'requested') AND conversation.id = mine.conversation_id",
);

pub(super) const UNREAD: &str = "SELECT conversation.id, conversation.last_number - mine.read_number \
                                 FROM conversation_member AS mine CROSS JOIN conversation \
                                 WHERE mine.user_id = $1 AND mine.standing = 'active' \
                                 AND conversation.id = mine.conversation_id \
                                 AND conversation.last_number > mine.read_number";

pub(super) const REQUESTS: &str = concat!(
    "SELECT count(*) FROM conversation_member AS mine CROSS JOIN conversation ",
    "WHERE mine.user_id = $1 AND mine.standing = 'requested' AND conversation.id = mine.conversation_id AND ",
    listed!(),
);

/// The columns of `shared_columns!`.
#[derive(Clone, sqlx::FromRow)]
struct SharedRow {
    id: i64,
    kind: String,
    title: Option<String>,
    avatar_id: Option<i64>,
    version: i64,
    seq: i64,
    last_number: i64,
    last_said_at: i64,
}

impl SharedRow {
    fn is_direct(&self) -> bool {
        self.kind == "direct"
    }

    fn into_conversation(self, members: Vec<MemberView>) -> Stored<Conversation> {
        Ok(Conversation {
            conversation_id: ConversationId::new(number(self.id)),
            kind: columns::kind(&self.kind)?,
            title: self.title,
            avatar_url: self.avatar_id.map(|id| image_url(ImageId::new(number(id)))),
            members,
            version: number(self.version),
            seq: number(self.seq),
            last_number: number(self.last_number),
            timestamp: moment(self.last_said_at),
        })
    }
}

/// The columns of `own_columns!`.
#[derive(sqlx::FromRow)]
struct OwnRow {
    standing: String,
    admin: bool,
    read_number: i64,
    muted: bool,
    pinned: bool,
    draft: String,
    own_version: i64,
}

impl OwnRow {
    fn into_membership(self) -> Stored<Membership> {
        Ok(Membership {
            standing: columns::standing(&self.standing)?,
            admin: self.admin,
            read_number: number(self.read_number),
            muted: self.muted,
            pinned: self.pinned,
            draft: self.draft,
            version: number(self.own_version),
        })
    }
}

/// The columns of `select_items!`.
#[derive(sqlx::FromRow)]
struct ItemRow {
    #[sqlx(flatten)]
    shared: SharedRow,
    #[sqlx(flatten)]
    own: OwnRow,
    place: i64,
    last_message_id: Option<i64>,
}

impl ItemRow {
    fn into_item(self, members: Vec<MemberView>, last_message: Option<MessageView>) -> Stored<(u64, ConversationItem)> {
        let mine = self.own.into_membership()?;
        let conversation = self.shared.into_conversation(members)?;
        let unread_count = match mine.standing {
            Standing::Active | Standing::Requested => conversation.last_number.saturating_sub(mine.read_number),
            Standing::Declined | Standing::Left => 0,
        };
        Ok((number(self.place), ConversationItem { conversation, mine, last_message, unread_count }))
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    conversation_id: i64,
    user_id: i64,
    standing: String,
    admin: bool,
    from_seq: i64,
    read_number: i64,
    delivered_number: i64,
    shows_receipts: bool,
}

impl MemberRow {
    fn into_record(self) -> Stored<MemberRecord> {
        Ok(MemberRecord {
            user_id: UserId::new(number(self.user_id)),
            standing: columns::standing(&self.standing)?,
            admin: self.admin,
            from_seq: number(self.from_seq),
            read_number: number(self.read_number),
            delivered_number: number(self.delivered_number),
            shows_receipts: self.shows_receipts,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ShownRow {
    conversation_id: i64,
    admin: bool,
    read_number: i64,
    delivered_number: i64,
    #[sqlx(flatten)]
    person: PersonRefRow,
}

impl From<ShownRow> for MemberView {
    fn from(row: ShownRow) -> Self {
        Self {
            person: row.person.into(),
            admin: row.admin,
            read_number: number(row.read_number),
            delivered_number: number(row.delivered_number),
        }
    }
}

/// The columns of [`SEATED`].
#[derive(sqlx::FromRow)]
struct SeatedRow {
    conversation_id: i64,
    standing: String,
    admin: bool,
    from_seq: i64,
    read_number: i64,
    delivered_number: i64,
    shows_presence: bool,
    shows_typing: bool,
    shows_receipts: bool,
    is_private: bool,
    #[sqlx(flatten)]
    person: PersonRefRow,
}

impl SeatedRow {
    fn record(&self) -> Stored<MemberRecord> {
        Ok(MemberRecord {
            user_id: UserId::new(number(self.person.key())),
            standing: columns::standing(&self.standing)?,
            admin: self.admin,
            from_seq: number(self.from_seq),
            read_number: number(self.read_number),
            delivered_number: number(self.delivered_number),
            shows_receipts: self.shows_receipts,
        })
    }

    /// As `viewer` sees them: `shown!` and `told!` for rows that are read already.
    fn view(&self, viewer: &Self, is_direct: bool, is_apart: bool) -> Option<MemberView> {
        let is_shown =
            matches!(self.standing.as_str(), "active" | "requested") || (self.standing == "declined" && is_direct);
        let both_show = self.shows_receipts && viewer.shows_receipts && !is_apart;
        let is_told = self.standing == "active" && (self.person.key() == viewer.person.key() || both_show);
        is_shown.then(|| MemberView {
            person: self.person.clone().into(),
            admin: self.admin,
            read_number: if is_told { number(self.read_number) } else { 0 },
            delivered_number: if is_told { number(self.delivered_number) } else { 0 },
        })
    }
}

/// The place of `viewer` among those who are `seated` in a conversation.
fn seat_of(
    viewer: i64,
    shared: &SharedRow,
    seated: &[SeatedRow],
    blocks: &HashSet<(i64, i64)>,
) -> Stored<Option<SeatRecord>> {
    let Some(mine) = seated.iter().find(|row| row.person.key() == viewer) else { return Ok(None) };
    let is_direct = shared.is_direct();
    let apart = |other: i64| blocks.contains(&(viewer, other)) || blocks.contains(&(other, viewer));
    Ok(Some(SeatRecord {
        mine: mine.record()?,
        full_name: PersonRef::from(mine.person.clone()).full_name,
        privacy: Privacy {
            shows_presence: mine.shows_presence,
            shows_typing: mine.shows_typing,
            shows_receipts: mine.shows_receipts,
            is_private: mine.is_private,
        },
        blocked: is_direct && seated.iter().any(|row| apart(row.person.key())),
        conversation: shared.clone().into_conversation(
            seated.iter().filter_map(|row| row.view(mine, is_direct, apart(row.person.key()))).collect(),
        )?,
    }))
}

/// The columns of `facts_columns!`: a conversation, and the asker's row of it, each if there is one.
#[derive(sqlx::FromRow)]
pub(super) struct FactsRow {
    id: Option<i64>,
    kind: Option<String>,
    title: Option<String>,
    seq: Option<i64>,
    last_number: Option<i64>,
    standing: Option<String>,
    admin: Option<bool>,
    from_seq: Option<i64>,
    read_number: Option<i64>,
    delivered_number: Option<i64>,
    shows_receipts: Option<bool>,
    blocked: bool,
}

impl FactsRow {
    pub(super) fn into_facts(self, viewer: UserId) -> Stored<Option<ConversationFacts>> {
        let Some((id, kind)) = self.id.zip(self.kind) else { return Ok(None) };
        let standing = self.standing.as_deref().map(columns::standing).transpose()?;
        let mine = standing.map(|standing| MemberRecord {
            user_id: viewer,
            standing,
            admin: self.admin.unwrap_or_default(),
            from_seq: number(self.from_seq.unwrap_or_default()),
            read_number: number(self.read_number.unwrap_or_default()),
            delivered_number: number(self.delivered_number.unwrap_or_default()),
            shows_receipts: self.shows_receipts.unwrap_or_default(),
        });
        Ok(Some(ConversationFacts {
            id: ConversationId::new(number(id)),
            kind: columns::kind(&kind)?,
            title: self.title,
            seq: number(self.seq.unwrap_or_default()),
            last_number: number(self.last_number.unwrap_or_default()),
            blocked: self.blocked,
            mine,
        }))
    }
}

impl Link {
    /// Rows as items: the members, last messages and reactions of all of them are fetched at once.
    async fn with_members(&mut self, viewer: UserId, found: Vec<ItemRow>) -> Stored<Vec<(u64, ConversationItem)>> {
        let mut members =
            self.members_shown(found.iter().map(|row| row.shared.id).collect(), key(viewer.get())).await?;
        let last = found.iter().filter_map(|row| row.last_message_id).map(|id| MessageId::new(number(id)));
        let last = last.collect::<Vec<_>>();
        let last = self.messages_by_id(&last).await?.into_iter().map(|message| (message.message_id, message));
        let mut last = last.collect::<HashMap<MessageId, MessageView>>();
        found
            .into_iter()
            .map(|row| {
                let of_this = members.remove(&row.shared.id).unwrap_or_default();
                let last_message = row.last_message_id.and_then(|id| last.remove(&MessageId::new(number(id))));
                row.into_item(of_this, last_message)
            })
            .collect()
    }

    async fn shared_rows(&mut self, ids: &[i64]) -> Stored<Vec<SharedRow>> {
        Ok(sqlx::query_as::<Db, SharedRow>(SHARED).bind(key_list(ids)?).fetch_all(self.connection()).await?)
    }

    async fn members_shown(&mut self, conversations: Vec<i64>, viewer: i64) -> Stored<HashMap<i64, Vec<MemberView>>> {
        let mut members = HashMap::<i64, Vec<MemberView>>::new();
        if conversations.is_empty() {
            return Ok(members);
        }
        let found = sqlx::query_as::<Db, ShownRow>(MEMBERS_SHOWN).bind(key_list(&conversations)?).bind(viewer);
        for row in found.fetch_all(self.connection()).await? {
            members.entry(row.conversation_id).or_default().push(row.into());
        }
        Ok(members)
    }
}

#[async_trait]
impl ConversationsRead for Link {
    async fn conversation_facts(&mut self, id: ConversationId, viewer: UserId) -> Stored<Option<ConversationFacts>> {
        let select = concat!(
            "SELECT ",
            facts_columns!(),
            " FROM conversation LEFT JOIN conversation_member AS mine ON mine.conversation_id = conversation.id ",
            "AND mine.user_id = $1 LEFT JOIN person ON person.id = mine.user_id WHERE conversation.id = $2",
        );
        let row = sqlx::query_as::<Db, FactsRow>(select).bind(key(viewer.get())).bind(key(id.get()));
        row.fetch_optional(self.connection()).await?.map_or(Ok(None), |row| row.into_facts(viewer))
    }

    async fn members_of(&mut self, ids: &[ConversationId]) -> Stored<HashMap<ConversationId, Vec<MemberRecord>>> {
        let ids = ids.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let found = sqlx::query_as::<Db, MemberRow>(MEMBERS).bind(key_list(&ids)?);
        let mut members = HashMap::<_, Vec<_>>::new();
        for row in found.fetch_all(self.connection()).await? {
            let id = ConversationId::new(number(row.conversation_id));
            members.entry(id).or_default().push(row.into_record()?);
        }
        Ok(members)
    }

    async fn conversation(&mut self, id: ConversationId, viewer: UserId) -> Stored<Option<ConversationItem>> {
        let row = sqlx::query_as::<Db, ItemRow>(ITEM).bind(key(viewer.get())).bind(key(id.get()));
        let row = row.fetch_optional(self.connection()).await?;
        Ok(self.with_members(viewer, row.into_iter().collect()).await?.pop().map(|(_, item)| item))
    }

    async fn shared_conversation(&mut self, id: ConversationId) -> Stored<Option<Conversation>> {
        let Some(row) = self.shared_rows(&[key(id.get())]).await?.pop() else { return Ok(None) };
        // No person has this id.
        let members = self.members_shown(vec![row.id], 0).await?.remove(&row.id).unwrap_or_default();
        row.into_conversation(members).map(Some)
    }

    async fn seats(&mut self, asked: &[(UserId, ConversationId)]) -> Stored<Vec<Option<SeatRecord>>> {
        let ids = asked.iter().map(|(_, id)| key(id.get())).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let shared = self.shared_rows(&ids).await?.into_iter().map(|row| (row.id, row)).collect::<HashMap<_, _>>();
        let mut seated = HashMap::<i64, Vec<SeatedRow>>::new();
        let found = sqlx::query_as::<Db, SeatedRow>(SEATED).bind(key_list(&ids)?);
        for row in found.fetch_all(self.connection()).await? {
            seated.entry(row.conversation_id).or_default().push(row);
        }
        let people = seated.values().flatten().map(|row| row.person.key()).collect::<BTreeSet<_>>();
        let blocks = self.blocks_by(&people.into_iter().collect::<Vec<_>>()).await?;
        let seat = |(viewer, id): &(UserId, ConversationId)| {
            let Some((row, seated)) = shared.get(&key(id.get())).zip(seated.get(&key(id.get()))) else {
                return Ok(None);
            };
            seat_of(key(viewer.get()), row, seated, &blocks)
        };
        asked.iter().map(seat).collect()
    }

    async fn membership(&mut self, id: ConversationId, user: UserId) -> Stored<Option<Membership>> {
        let select = concat!(
            "SELECT ",
            own_columns!(),
            " FROM conversation_member AS mine WHERE mine.conversation_id = $1 AND mine.user_id = $2",
        );
        let row = sqlx::query_as::<Db, OwnRow>(select).bind(key(id.get())).bind(key(user.get()));
        row.fetch_optional(self.connection()).await?.map(OwnRow::into_membership).transpose()
    }

    async fn conversations(
        &mut self,
        viewer: UserId,
        of: ConversationBox,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, ConversationItem)>> {
        let standing = match of {
            ConversationBox::Inbox => Standing::Active,
            ConversationBox::Requests => Standing::Requested,
        };
        let sql = if query.is_empty() { PAGE_OF_CONVERSATIONS } else { PAGE_OF_FOUND };
        let page = sqlx::query_as::<Db, ItemRow>(sql)
            .bind(key(viewer.get()))
            .bind(columns::standing_word(standing))
            .bind(before.map_or(i64::MAX, key))
            .bind(rows(limit));
        let page = if query.is_empty() { page } else { page.bind(folded(query)) };
        let page = page.fetch_all(self.connection()).await?;
        self.with_members(viewer, page).await
    }

    async fn pinned_conversations(&mut self, viewer: UserId) -> Stored<Vec<ConversationItem>> {
        let found = sqlx::query_as::<Db, ItemRow>(PINNED).bind(key(viewer.get())).bind(rows(PAGE_MAX));
        let found = found.fetch_all(self.connection()).await?;
        Ok(self.with_members(viewer, found).await?.into_iter().map(|(_, item)| item).collect())
    }

    async fn direct_conversation(&mut self, one: UserId, other: UserId) -> Stored<Option<ConversationId>> {
        let select = "SELECT id FROM conversation WHERE pair_low = $1 AND pair_high = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(one.min(other).get())).bind(key(one.max(other).get()));
        Ok(id.fetch_optional(self.connection()).await?.map(|id| ConversationId::new(number(id))))
    }

    async fn conversation_by_client_id(&mut self, creator: UserId, client_id: &str) -> Stored<Option<ConversationId>> {
        let select = "SELECT id FROM conversation WHERE created_by = $1 AND client_id = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(creator.get())).bind(client_id);
        Ok(id.fetch_optional(self.connection()).await?.map(|id| ConversationId::new(number(id))))
    }

    async fn conversations_ahead(
        &mut self,
        viewer: UserId,
        held: &[HeldConversation],
    ) -> Stored<Vec<(HeldConversation, ConversationFacts)>> {
        let ids = held.iter().map(|held| key(held.conversation_id.get())).collect::<Vec<_>>();
        let found = sqlx::query_as::<Db, FactsRow>(FACTS_OF_HELD).bind(key(viewer.get())).bind(key_list(&ids)?);
        let mut facts = HashMap::new();
        for row in found.fetch_all(self.connection()).await? {
            facts.extend(row.into_facts(viewer)?.map(|row| (row.id, row)));
        }
        let ahead = held.iter().filter_map(|held| {
            let facts = facts.get(&held.conversation_id).filter(|facts| facts.seq > held.seq)?;
            Some((*held, facts.clone()))
        });
        Ok(ahead.collect())
    }

    async fn unread_counts(&mut self, viewer: UserId) -> Stored<Vec<UnreadConversation>> {
        let found = sqlx::query_as::<Db, (i64, i64)>(UNREAD).bind(key(viewer.get()));
        let found = found.fetch_all(self.connection()).await?.into_iter().map(|(id, unread)| UnreadConversation {
            conversation_id: ConversationId::new(number(id)),
            unread_count: number(unread),
        });
        Ok(found.collect())
    }

    async fn count_requests(&mut self, viewer: UserId) -> Stored<u64> {
        let count = sqlx::query_scalar::<Db, i64>(REQUESTS).bind(key(viewer.get()));
        Ok(number(count.fetch_one(self.connection()).await?))
    }
}

#[async_trait]
impl ConversationsWrite for Link {
    async fn insert_conversation(&mut self, conversation: &ConversationRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO conversation (id, kind, title, title_folded, pair_low, pair_high, created_by, client_id, \
             created_at, last_said_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(key(conversation.id.get()))
        .bind(columns::kind_word(conversation.kind))
        .bind(&conversation.title)
        .bind(conversation.title.as_deref().map(folded))
        .bind(conversation.pair.map(|(one, other)| key(one.min(other).get())))
        .bind(conversation.pair.map(|(one, other)| key(one.max(other).get())))
        .bind(key(conversation.created_by.get()))
        .bind(&conversation.client_id)
        .bind(ms(conversation.created_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn hold_conversations(&mut self, ids: &[ConversationId]) -> Stored<()> {
        if !HOLDS_ROWS {
            return Ok(());
        }
        let ids = ids.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let select = concat!("SELECT id FROM conversation WHERE id ", one_of!("$1"), " ORDER BY id", held!());
        sqlx::query::<Db>(select).bind(key_list(&ids)?).execute(self.connection()).await?;
        Ok(())
    }

    async fn put_member(&mut self, id: ConversationId, member: &MemberRecord, at: Timestamp) -> Stored<()> {
        // Who comes back after leaving is a new member among the others.
        let insert = "INSERT INTO conversation_member AS member (conversation_id, user_id, standing, admin, from_seq, \
                      read_number, delivered_number, joined_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                      ON CONFLICT (conversation_id, user_id) DO UPDATE SET standing = excluded.standing, \
                      admin = excluded.admin, from_seq = excluded.from_seq, \
                      read_number = CASE WHEN member.read_number < excluded.read_number \
                      THEN excluded.read_number ELSE member.read_number END, \
                      delivered_number = CASE WHEN member.delivered_number < excluded.delivered_number \
                      THEN excluded.delivered_number ELSE member.delivered_number END, \
                      joined_at = CASE WHEN member.standing = 'left' THEN excluded.joined_at \
                      ELSE member.joined_at END, version = member.version + 1";
        sqlx::query::<Db>(insert)
            .bind(key(id.get()))
            .bind(key(member.user_id.get()))
            .bind(columns::standing_word(member.standing))
            .bind(member.admin)
            .bind(key(member.from_seq))
            .bind(key(member.read_number))
            .bind(key(member.delivered_number))
            .bind(ms(at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn set_standing(&mut self, id: ConversationId, user: UserId, standing: Standing) -> Stored<u64> {
        let update = "UPDATE conversation_member SET standing = $3, version = version + 1 \
                      WHERE conversation_id = $1 AND user_id = $2 RETURNING version";
        let version = sqlx::query_scalar::<Db, i64>(update)
            .bind(key(id.get()))
            .bind(key(user.get()))
            .bind(columns::standing_word(standing));
        Ok(number(version.fetch_one(self.connection()).await?))
    }

    async fn set_admin(&mut self, id: ConversationId, user: UserId) -> Stored<()> {
        let update = "UPDATE conversation_member SET admin = TRUE, version = version + 1 \
                      WHERE conversation_id = $1 AND user_id = $2 AND admin = FALSE";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(key(user.get()));
        update.execute(self.connection()).await?;
        Ok(())
    }

    async fn set_title(&mut self, id: ConversationId, title: &str) -> Stored<()> {
        let update = "UPDATE conversation SET title = $2, title_folded = $3 WHERE id = $1";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(title).bind(folded(title));
        update.execute(self.connection()).await?;
        Ok(())
    }

    async fn set_group_picture(&mut self, id: ConversationId, picture: Option<ImageId>) -> Stored<()> {
        let update = "UPDATE conversation SET avatar_id = $2 WHERE id = $1";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(picture.map(|picture| key(picture.get())));
        update.execute(self.connection()).await?;
        Ok(())
    }

    async fn count_change(&mut self, id: ConversationId) -> Stored<u64> {
        let update = "UPDATE conversation SET version = version + 1 WHERE id = $1 RETURNING version";
        let version = sqlx::query_scalar::<Db, i64>(update).bind(key(id.get()));
        Ok(number(version.fetch_one(self.connection()).await?))
    }

    async fn next_entries(&mut self, of: &[(ConversationId, bool)]) -> Stored<Vec<Entry>> {
        let mut wanted = BTreeMap::<i64, (i64, i64)>::new();
        for (id, is_message) in of {
            let (entries, messages) = wanted.entry(key(id.get())).or_default();
            *entries += 1;
            *messages += i64::from(*is_message);
        }
        let rows = wanted.iter().map(|(id, (entries, messages))| (id, entries, messages)).collect::<Vec<_>>();
        let taken = sqlx::query_as::<Db, (i64, i64, i64)>(NEXT_ENTRIES).bind(columns::json(&rows)?);
        // What each log ended with before.
        let mut last = HashMap::new();
        for (id, seq, last_number) in taken.fetch_all(self.connection()).await? {
            let (entries, messages) = wanted.get(&id).copied().unwrap_or_default();
            last.insert(id, (seq - entries, last_number - messages));
        }
        let next = |(id, is_message): &(ConversationId, bool)| -> Stored<Entry> {
            let (seq, last_number) = last.get_mut(&key(id.get())).ok_or(sqlx::Error::RowNotFound)?;
            *seq += 1;
            *last_number += i64::from(*is_message);
            Ok(Entry { seq: number(*seq), number: number(*last_number) })
        };
        of.iter().map(next).collect()
    }

    async fn set_all_read(&mut self, read: &[ReadUpTo]) -> Stored<Vec<(ConversationId, UserId)>> {
        let rows = read.iter().map(|read| (key(read.conversation_id.get()), key(read.user_id.get()), key(read.number)));
        let further = sqlx::query_as::<Db, (i64, i64)>(SET_READ).bind(columns::json(&rows.collect::<Vec<_>>())?);
        let further = further.fetch_all(self.connection()).await?.into_iter();
        Ok(further.map(|(id, user)| (ConversationId::new(number(id)), UserId::new(number(user)))).collect())
    }

    async fn set_delivered(&mut self, id: ConversationId, user: UserId, number: u64) -> Stored<bool> {
        let update = "UPDATE conversation_member SET delivered_number = $3 \
                      WHERE conversation_id = $1 AND user_id = $2 AND delivered_number < $3";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(key(user.get())).bind(key(number));
        Ok(update.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn change_membership(
        &mut self,
        id: ConversationId,
        user: UserId,
        muted: Option<bool>,
        pinned: Option<bool>,
        draft: Option<&str>,
    ) -> Stored<bool> {
        let update = "UPDATE conversation_member SET muted = coalesce($3, muted), pinned = coalesce($4, pinned), \
                      draft = coalesce($5, draft), version = version + 1 \
                      WHERE conversation_id = $1 AND user_id = $2 AND standing <> 'left'";
        let update =
            sqlx::query::<Db>(update).bind(key(id.get())).bind(key(user.get())).bind(muted).bind(pinned).bind(draft);
        Ok(update.execute(self.connection()).await?.rows_affected() > 0)
    }
}
