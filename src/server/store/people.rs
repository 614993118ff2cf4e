//! People: accounts, profiles, and the words they are found by.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{
    Db, Link, columns,
    columns::{PersonItemRow, PersonRefRow, key, moment, ms, number, rows},
    key_list, text_list,
};
use crate::{
    protocol::{
        ids::{ImageId, UserId},
        time::Timestamp,
        views::{PersonItem, PersonRef, Privacy, Profile},
    },
    server::domain::{
        audience::{Relation, Sight, Surface, may_see},
        ports::{PeopleRead, PeopleWrite, PersonRecord, PresenceRecord, StandingRead, Stored},
    },
};

macro_rules! select_person {
    () => {
        "SELECT id, email, username, full_name, bio, role, avatar_id, password_hash, created_at FROM person WHERE "
    };
}

pub(super) const EVERYONE: &str = concat!(
    "SELECT ",
    person_item_columns!(),
    " FROM person WHERE person.username > $2 AND ",
    listed!(),
    " ORDER BY person.username LIMIT $3",
);

pub(super) const MATCHING: &str = concat!(
    "SELECT ",
    person_item_columns!(),
    " FROM person WHERE person.username > $2 AND person.id IN (SELECT person_word.person_id FROM person_word ",
    "WHERE person_word.word >= $4 AND person_word.word < $5) AND ",
    listed!(),
    " ORDER BY person.username LIMIT $3",
);

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: i64,
    email: String,
    username: String,
    full_name: String,
    bio: String,
    role: String,
    avatar_id: Option<i64>,
    password_hash: String,
    created_at: i64,
}

impl PersonRow {
    fn into_record(self) -> Stored<PersonRecord> {
        Ok(PersonRecord {
            id: UserId::new(number(self.id)),
            email: self.email,
            username: self.username,
            full_name: self.full_name,
            bio: self.bio,
            role: columns::role(&self.role)?,
            avatar: self.avatar_id.map(|id| ImageId::new(number(id))),
            password_hash: self.password_hash,
            created_at: moment(self.created_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct ProfileRow {
    #[sqlx(flatten)]
    item: PersonItemRow,
    role: String,
    created_at: i64,
    follower_count: i64,
    following_count: i64,
    follows_you: bool,
    connection_count: i64,
    in_common: i64,
    muted: bool,
    suspended: bool,
}

impl ProfileRow {
    fn into_profile(self, post_count: u64, closed: bool) -> Stored<Profile> {
        let item = self.item.into_item()?;
        Ok(Profile {
            person: item.person,
            bio: item.bio,
            role: columns::role(&self.role)?,
            joined_at: moment(self.created_at),
            follower_count: number(self.follower_count),
            following_count: number(self.following_count),
            post_count,
            followed: item.followed,
            follows_you: self.follows_you,
            connection: item.connection,
            connection_count: number(self.connection_count),
            in_common: number(self.in_common),
            muted: self.muted,
            is_private: item.is_private,
            closed,
            suspended: self.suspended,
        })
    }
}

const PROFILE: &str = concat!(
    "SELECT ",
    person_item_columns!(),
    ", person.role, person.created_at, person.follower_count, person.following_count, ",
    "EXISTS (SELECT 1 FROM follow WHERE follow.follower_id = person.id AND follow.followee_id = $1) AS follows_you, ",
    "(SELECT count(*) FROM connection WHERE connection.person_id = person.id AND connection.state = 'connected') ",
    "AS connection_count, (SELECT count(*) FROM connection AS mine CROSS JOIN connection AS theirs ",
    "WHERE mine.person_id = $1 AND mine.state = 'connected' AND theirs.person_id = person.id ",
    "AND theirs.other_id = mine.other_id AND theirs.state = 'connected') AS in_common, ",
    muted!("person.id"),
    " AS muted, person.suspended_at IS NOT NULL AS suspended FROM person WHERE person.id = $2",
);

/// Those of `$1` who show their presence. Renewing a session shows that somebody is there, too: it stands in for the
/// moment they left when the server was killed.
pub(super) const PRESENCE: &str = concat!(
    "SELECT ",
    person_columns!(),
    ", person.last_seen_at, (SELECT max(session.last_seen_at) FROM session WHERE session.user_id = person.id) AS renewed_at",
    ", person.is_private FROM person WHERE person.shows_presence = TRUE AND person.suspended_at IS NULL AND person.id ",
    one_of!("$1"),
);

/// Whom each of `$1` blocked.
pub(super) const BLOCKS_BY: &str =
    concat!("SELECT block.blocker_id, block.blocked_id FROM block WHERE block.blocker_id ", one_of!("$1"));

/// With whom of `$2` each of `$1` is connected.
pub(super) const CONNECTIONS_AMONG: &str = concat!(
    "SELECT connection.person_id, connection.other_id FROM connection WHERE connection.person_id ",
    one_of!("$1"),
    " AND connection.other_id ",
    one_of!("$2"),
    " AND connection.state = 'connected'",
);

#[derive(sqlx::FromRow)]
struct PresenceRow {
    #[sqlx(flatten)]
    person: PersonRefRow,
    last_seen_at: Option<i64>,
    renewed_at: Option<i64>,
    is_private: bool,
}

impl From<PresenceRow> for PresenceRecord {
    fn from(row: PresenceRow) -> Self {
        Self { person: row.person.into(), last_seen_at: row.last_seen_at.max(row.renewed_at).map(moment) }
    }
}

/// As it is looked for: in lowercase, and without accents, so that "jose" finds "José".
pub(super) fn folded(text: &str) -> String {
    text.nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).nfc().collect()
}

/// What a person is found by: the username, and the full name from each of its words on.
fn words_of(username: &str, full_name: &str) -> Vec<String> {
    let name = folded(full_name);
    let mut rest = name.split_whitespace().collect::<Vec<_>>();
    let mut words = vec![folded(username)];
    while !rest.is_empty() {
        words.push(rest.join(" "));
        rest.remove(0);
    }
    words.sort_unstable();
    words.dedup();
    words
}

impl Link {
    async fn keep_words(&mut self, id: UserId, username: &str, full_name: &str) -> Stored<()> {
        let insert = concat!("INSERT INTO person_word (word, person_id) SELECT item.value, $2 FROM ", items!("$1"));
        let words = text_list(&words_of(username, full_name))?;
        sqlx::query::<Db>(insert).bind(words).bind(key(id.get())).execute(self.connection()).await?;
        Ok(())
    }

    /// Who blocked whom, of those who block.
    pub(super) async fn blocks_by(&mut self, people: &[i64]) -> Stored<HashSet<(i64, i64)>> {
        if people.is_empty() {
            return Ok(HashSet::new());
        }
        let blocks = sqlx::query_as::<Db, (i64, i64)>(BLOCKS_BY).bind(key_list(people)?);
        Ok(blocks.fetch_all(self.connection()).await?.into_iter().collect())
    }

    /// Who is connected with whom, of those of `people` who are private.
    async fn connections_among(&mut self, private: &[i64], people: &[i64]) -> Stored<HashSet<(i64, i64)>> {
        if private.is_empty() {
            return Ok(HashSet::new());
        }
        let pairs =
            sqlx::query_as::<Db, (i64, i64)>(CONNECTIONS_AMONG).bind(key_list(private)?).bind(key_list(people)?);
        Ok(pairs.fetch_all(self.connection()).await?.into_iter().collect())
    }

    /// The posts of one author that are seen in this relation: the index alone tells.
    async fn count_posts(&mut self, author: UserId, relation: &Relation) -> Stored<u64> {
        let select = concat!(
            "SELECT count(*) FROM post WHERE author_id = $1 AND deleted_at IS NULL AND audience ",
            one_of!("$2"),
        );
        let words =
            Sight::of(relation).audiences.into_iter().map(|audience| columns::audience_word(audience).to_owned());
        let words = text_list(&words.collect::<Vec<_>>())?;
        let count = sqlx::query_scalar::<Db, i64>(select).bind(key(author.get())).bind(words);
        Ok(number(count.fetch_one(self.connection()).await?))
    }

    async fn people_counted(&mut self) -> Stored<u64> {
        let count = sqlx::query_scalar::<Db, i64>("SELECT count(*) FROM person").fetch_one(self.connection()).await?;
        Ok(number(count))
    }
}

#[async_trait]
impl PeopleRead for Link {
    async fn presence(&mut self, asked: &[(UserId, Vec<UserId>)]) -> Stored<Vec<Vec<PresenceRecord>>> {
        let concerned = asked.iter().flat_map(|(viewer, people)| people.iter().chain([viewer]));
        let ids = concerned.map(|id| key(id.get())).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let shown = sqlx::query_as::<Db, PresenceRow>(PRESENCE).bind(key_list(&ids)?);
        let shown = shown.fetch_all(self.connection()).await?;
        let private = shown.iter().filter(|row| row.is_private).map(|row| row.person.key()).collect::<Vec<_>>();
        let open = self.connections_among(&private, &ids).await?;
        let shown = shown.into_iter().map(PresenceRecord::from);
        let shown: HashMap<UserId, PresenceRecord> = shown.map(|record| (record.person.id, record)).collect();
        let blocks = self.blocks_by(&ids).await?;
        let apart = |one: UserId, other: UserId| {
            let (one, other) = (key(one.get()), key(other.get()));
            let closed = one != other && private.contains(&other) && !open.contains(&(other, one));
            closed || blocks.contains(&(one, other)) || blocks.contains(&(other, one))
        };
        let known = |(viewer, people): &(UserId, Vec<UserId>)| {
            let people: BTreeSet<_> = people.iter().filter(|_| shown.contains_key(viewer)).collect();
            let known = people.into_iter().filter(|id| !apart(*viewer, **id));
            known.filter_map(|id| shown.get(id).cloned()).collect()
        };
        Ok(asked.iter().map(known).collect())
    }

    async fn privacy(&mut self, id: UserId) -> Stored<Option<Privacy>> {
        let select = "SELECT shows_presence, shows_typing, shows_receipts, is_private FROM person WHERE id = $1";
        let row = sqlx::query_as::<Db, (bool, bool, bool, bool)>(select).bind(key(id.get()));
        let row = row.fetch_optional(self.connection()).await?;
        Ok(row.map(|(shows_presence, shows_typing, shows_receipts, is_private)| Privacy {
            shows_presence,
            shows_typing,
            shows_receipts,
            is_private,
        }))
    }

    async fn person(&mut self, id: UserId) -> Stored<Option<PersonRecord>> {
        let row = sqlx::query_as::<Db, PersonRow>(concat!(select_person!(), "id = $1"))
            .bind(key(id.get()))
            .fetch_optional(self.connection())
            .await?;
        row.map(PersonRow::into_record).transpose()
    }

    async fn person_by_username(&mut self, username: &str) -> Stored<Option<PersonRecord>> {
        let row = sqlx::query_as::<Db, PersonRow>(concat!(select_person!(), "username = $1"))
            .bind(username)
            .fetch_optional(self.connection())
            .await?;
        row.map(PersonRow::into_record).transpose()
    }

    async fn person_by_email(&mut self, email: &str) -> Stored<Option<PersonRecord>> {
        let row = sqlx::query_as::<Db, PersonRow>(concat!(select_person!(), "email = $1"))
            .bind(email)
            .fetch_optional(self.connection())
            .await?;
        row.map(PersonRow::into_record).transpose()
    }

    async fn profile(&mut self, id: UserId, viewer: UserId) -> Stored<Option<Profile>> {
        let row = sqlx::query_as::<Db, ProfileRow>(PROFILE).bind(key(viewer.get())).bind(key(id.get()));
        let Some(row) = row.fetch_optional(self.connection()).await? else { return Ok(None) };
        let Some(relation) = self.relation(viewer, id).await? else { return Ok(None) };
        let post_count = self.count_posts(id, &relation).await?;
        row.into_profile(post_count, !may_see(&relation, Surface::About)).map(Some)
    }

    async fn count_people(&mut self) -> Stored<u64> {
        let count = self.people_counted().await?;
        // The first person becomes the owner. Two who register at the same moment must not both be the first.
        if count > 0 || matches!(self, Self::Reading(..)) {
            return Ok(count);
        }
        self.alone("first person").await?;
        self.people_counted().await
    }

    async fn search_people(
        &mut self,
        viewer: UserId,
        query: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<PersonItem>> {
        let query = folded(query);
        let sql = if query.is_empty() { EVERYONE } else { MATCHING };
        let mut select = sqlx::query_as::<Db, PersonItemRow>(sql)
            .bind(key(viewer.get()))
            .bind(after.unwrap_or_default())
            .bind(rows(limit));
        if !query.is_empty() {
            // No text with this beginning stands after it and the last character there is.
            let end = format!("{query}\u{10FFFF}");
            select = select.bind(query).bind(end);
        }
        let found = select.fetch_all(self.connection()).await?;
        found.into_iter().map(PersonItemRow::into_item).collect()
    }

    async fn people_to_follow(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>> {
        let select = concat!(
            "SELECT ",
            person_item_columns!(),
            " FROM person WHERE person.id <> $1 AND NOT EXISTS (SELECT 1 FROM follow WHERE follow.follower_id = $1 ",
            "AND follow.followee_id = person.id) AND (person.is_private = FALSE OR ",
            connected!("person.id"),
            ") AND NOT ",
            muted!("person.id"),
            " AND ",
            listed!(),
            " ORDER BY person.follower_count DESC, person.id DESC LIMIT $2",
        );
        let found = sqlx::query_as::<Db, PersonItemRow>(select)
            .bind(key(viewer.get()))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(PersonItemRow::into_item).collect()
    }

    async fn existing_usernames(&mut self, by: UserId, usernames: &[String]) -> Stored<Vec<String>> {
        let select = concat!(
            "SELECT username FROM person WHERE username ",
            one_of!("$2"),
            " AND ",
            listed!(),
            " ORDER BY username"
        );
        let found = sqlx::query_scalar::<Db, String>(select).bind(key(by.get())).bind(text_list(usernames)?);
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn person_ref(&mut self, id: UserId) -> Stored<Option<PersonRef>> {
        let select = concat!("SELECT ", person_columns!(), " FROM person WHERE person.id = $1");
        let row = sqlx::query_as::<Db, PersonRefRow>(select).bind(key(id.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(PersonRef::from))
    }
}

#[async_trait]
impl PeopleWrite for Link {
    async fn set_last_seen(&mut self, id: UserId, at: Timestamp) -> Stored<()> {
        let update =
            "UPDATE person SET last_seen_at = $2 WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }

    async fn set_privacy(&mut self, id: UserId, privacy: Privacy) -> Stored<()> {
        let update = "UPDATE person SET shows_presence = $2, shows_typing = $3, shows_receipts = $4, is_private = $5 \
                      WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(key(id.get()))
            .bind(privacy.shows_presence)
            .bind(privacy.shows_typing)
            .bind(privacy.shows_receipts)
            .bind(privacy.is_private)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn insert_person(&mut self, person: &PersonRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO person (id, email, username, full_name, bio, role, avatar_id, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(key(person.id.get()))
        .bind(&person.email)
        .bind(&person.username)
        .bind(&person.full_name)
        .bind(&person.bio)
        .bind(person.role.as_str())
        .bind(person.avatar.map(|id| key(id.get())))
        .bind(&person.password_hash)
        .bind(ms(person.created_at))
        .execute(self.connection())
        .await?;
        self.keep_words(person.id, &person.username, &person.full_name).await
    }

    async fn update_profile(&mut self, id: UserId, full_name: &str, bio: &str) -> Stored<()> {
        let update = "UPDATE person SET full_name = $2, bio = $3 WHERE id = $1 RETURNING username";
        let username = sqlx::query_scalar::<Db, String>(update)
            .bind(key(id.get()))
            .bind(full_name)
            .bind(bio)
            .fetch_one(self.connection())
            .await?;
        let forget = "DELETE FROM person_word WHERE person_id = $1";
        sqlx::query::<Db>(forget).bind(key(id.get())).execute(self.connection()).await?;
        self.keep_words(id, &username, full_name).await
    }

    async fn set_password_hash(&mut self, id: UserId, hash: &str) -> Stored<()> {
        let update = "UPDATE person SET password_hash = $2 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(hash).execute(self.connection()).await?;
        Ok(())
    }

    async fn set_avatar(&mut self, id: UserId, avatar: Option<ImageId>) -> Stored<()> {
        let update = "UPDATE person SET avatar_id = $2 WHERE id = $1";
        let avatar = avatar.map(|image| key(image.get()));
        sqlx::query::<Db>(update).bind(key(id.get())).bind(avatar).execute(self.connection()).await?;
        Ok(())
    }
}
