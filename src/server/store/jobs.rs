//! The job board: jobs, applications, and the steps of these.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    Db, Link,
    attachments::AttachmentRow,
    columns,
    columns::{PersonRefRow, RelationRow, key, moment, ms, number, rows},
    key_list,
    people::folded,
    text_list,
};
use crate::{
    protocol::{
        attachments::Attachment,
        ids::{ApplicationId, AttachmentId, JobId, UserId},
        jobs::{Application, JobKind, JobSearch, JobView, JobsOf, OwnApplication, Stage, Step},
        time::Timestamp,
        views::PersonRef,
    },
    server::domain::ports::{
        ApplicationFacts, ApplicationRecord, JobFacts, JobRecord, JobText, JobsRead, JobsWrite, Stored,
    },
};

/// A job as the viewer `$1` sees it at the moment `$2`.
macro_rules! select_jobs {
    ($rest:expr) => {
        concat!(
            "SELECT job.id, job.title, job.place, job.kind, job.content, job.entities, job.created_at, job.edited_at, ",
            "job.closes_on, job.closed_at IS NULL AND job.deleted_at IS NULL AND ",
            "(job.closes_at IS NULL OR job.closes_at > $2) AS open, job.version, job.application_count, ",
            "mine.id AS mine_id, mine.stage AS mine_stage, ",
            person_columns!(),
            " FROM job CROSS JOIN person LEFT JOIN application AS mine ON mine.job_id = job.id ",
            "AND mine.applicant_id = $1 WHERE person.id = job.poster_id AND ",
            $rest,
        )
    };
}

/// What narrows a list: the words `$3`, the kind `$4`, the place `$5`, the page that ends before `$6`.
macro_rules! narrowed {
    ($of:expr) => {
        select_jobs!(concat!(
            $of,
            " AND job.deleted_at IS NULL AND job.id < $6 AND ($4 = '' OR job.kind = $4) AND ($5 = '' OR ",
            contains!("job.place_folded", "$5"),
            ") AND NOT EXISTS (SELECT 1 FROM ",
            items!("$3"),
            " WHERE NOT ",
            contains!("job.folded", "item.value"),
            ") ORDER BY job.id DESC LIMIT $7",
        ))
    };
}

pub(super) const OPEN: &str =
    narrowed!(concat!("job.closed_at IS NULL AND (job.closes_at IS NULL OR job.closes_at > $2) AND ", listed!(),));
pub(super) const APPLIED: &str = narrowed!("mine.id IS NOT NULL");
pub(super) const MINE: &str = narrowed!("job.poster_id = $1");

#[derive(sqlx::FromRow)]
struct JobRow {
    id: i64,
    title: String,
    place: String,
    kind: String,
    content: String,
    entities: String,
    created_at: i64,
    edited_at: Option<i64>,
    closes_on: Option<String>,
    open: bool,
    version: i64,
    application_count: i64,
    mine_id: Option<i64>,
    mine_stage: Option<String>,
    #[sqlx(flatten)]
    poster: PersonRefRow,
}

impl JobRow {
    fn into_view(self, viewer: UserId) -> Stored<JobView> {
        let poster = PersonRef::from(self.poster);
        let mine = match (self.mine_id, self.mine_stage) {
            (Some(id), Some(stage)) => {
                Some(OwnApplication { application_id: ApplicationId::new(number(id)), stage: columns::stage(&stage)? })
            }
            _ => None,
        };
        Ok(JobView {
            job_id: JobId::new(number(self.id)),
            user_id: poster.id,
            title: self.title,
            place: self.place,
            kind: columns::job_kind(&self.kind)?,
            content: self.content,
            entities: columns::from_json(&self.entities)?,
            timestamp: moment(self.created_at),
            edited_at: self.edited_at.map(moment),
            closes_on: self.closes_on,
            open: self.open,
            version: number(self.version),
            application_count: (poster.id == viewer).then(|| number(self.application_count)),
            mine,
            poster,
        })
    }
}

#[derive(sqlx::FromRow)]
struct JobFactsRow {
    poster_id: i64,
    title: String,
    closes_at: Option<i64>,
    closed_at: Option<i64>,
    deleted_at: Option<i64>,
    #[sqlx(flatten)]
    relation: RelationRow,
    waiting: i64,
}

/// Applications with who applied; the job's title and poster come with them.
macro_rules! select_applications {
    ($rest:literal) => {
        concat!(
            "SELECT application.id, application.job_id, job.title, job.poster_id, application.note, ",
            "application.stage, application.created_at, application.version, ",
            person_columns!(),
            " FROM application CROSS JOIN job CROSS JOIN person WHERE job.id = application.job_id AND ",
            "person.id = application.applicant_id AND ",
            $rest,
        )
    };
}

#[derive(sqlx::FromRow)]
struct ApplicationRow {
    id: i64,
    job_id: i64,
    title: String,
    poster_id: i64,
    note: String,
    stage: String,
    created_at: i64,
    version: i64,
    #[sqlx(flatten)]
    applicant: PersonRefRow,
}

#[derive(sqlx::FromRow)]
struct StepRow {
    application_id: i64,
    stage: String,
    created_at: i64,
}

macro_rules! select_application_facts {
    ($rest:literal) => {
        concat!(
            "SELECT application.id, application.job_id, job.poster_id, application.applicant_id, application.stage ",
            "FROM application CROSS JOIN job WHERE job.id = application.job_id AND ",
            $rest,
        )
    };
}

#[derive(sqlx::FromRow)]
struct ApplicationFactsRow {
    id: i64,
    job_id: i64,
    poster_id: i64,
    applicant_id: i64,
    stage: String,
}

impl ApplicationFactsRow {
    fn into_facts(self) -> Stored<ApplicationFacts> {
        Ok(ApplicationFacts {
            id: ApplicationId::new(number(self.id)),
            job: JobId::new(number(self.job_id)),
            poster: UserId::new(number(self.poster_id)),
            applicant: UserId::new(number(self.applicant_id)),
            stage: columns::stage(&self.stage)?,
        })
    }
}

/// What a job is found by.
fn found_by(text: &JobText) -> String {
    folded(&[text.title.as_str(), text.place.as_str(), text.content.as_str()].join("\n"))
}

impl Link {
    /// The rest of some applications: their steps, what they carry, and who posted the job.
    async fn whole_applications(&mut self, found: Vec<ApplicationRow>) -> Stored<Vec<Application>> {
        let Some(poster) = found.first().map(|row| row.poster_id) else { return Ok(Vec::new()) };
        let ids = found.iter().map(|row| row.id).collect::<Vec<_>>();
        let mut steps = self.steps_of(&ids).await?;
        let mut carried = self.carried_by(&ids).await?;
        // A list is of one job, so they have one poster.
        let select = concat!("SELECT ", person_columns!(), " FROM person WHERE person.id = $1");
        let poster = sqlx::query_as::<Db, PersonRefRow>(select).bind(poster).fetch_one(self.connection()).await?;
        let poster = PersonRef::from(poster);
        let whole = found.into_iter().map(|row| {
            let applicant = PersonRef::from(row.applicant);
            Ok(Application {
                application_id: ApplicationId::new(number(row.id)),
                job_id: JobId::new(number(row.job_id)),
                job_title: row.title,
                poster: poster.clone(),
                user_id: applicant.id,
                applicant,
                note: row.note,
                attachment: carried.remove(&row.id),
                stage: columns::stage(&row.stage)?,
                steps: steps.remove(&row.id).unwrap_or_default(),
                timestamp: moment(row.created_at),
                version: number(row.version),
            })
        });
        whole.collect()
    }

    async fn steps_of(&mut self, applications: &[i64]) -> Stored<HashMap<i64, Vec<Step>>> {
        let select = concat!(
            "SELECT application_id, stage, created_at FROM application_step WHERE application_id ",
            one_of!("$1"),
            " ORDER BY application_id, place",
        );
        let found = sqlx::query_as::<Db, StepRow>(select).bind(key_list(applications)?);
        let mut steps = HashMap::<i64, Vec<Step>>::new();
        for row in found.fetch_all(self.connection()).await? {
            let step = Step { stage: columns::stage(&row.stage)?, timestamp: moment(row.created_at) };
            steps.entry(row.application_id).or_default().push(step);
        }
        Ok(steps)
    }

    async fn carried_by(&mut self, applications: &[i64]) -> Stored<HashMap<i64, Attachment>> {
        let select = concat!(select_attachments!(), "application_id ", one_of!("$1"));
        let found = sqlx::query_as::<Db, AttachmentRow>(select).bind(key_list(applications)?);
        let mut carried = HashMap::new();
        for row in found.fetch_all(self.connection()).await? {
            if let Some(application) = row.application_id {
                carried.insert(application, row.into_record()?.into());
            }
        }
        Ok(carried)
    }

    async fn add_step(&mut self, application: i64, stage: Stage, at: Timestamp) -> Stored<()> {
        let insert = "INSERT INTO application_step (application_id, place, stage, created_at) \
                      SELECT application.id, application.version, $2, $3 FROM application WHERE application.id = $1";
        let insert = sqlx::query::<Db>(insert).bind(application).bind(stage.as_str()).bind(ms(at));
        insert.execute(self.connection()).await?;
        Ok(())
    }

    /// Counts an application of the same job in (1) or out (-1).
    async fn count_application(&mut self, application: i64, step: i64) -> Stored<()> {
        let update = "UPDATE job SET application_count = application_count + $2 \
                      WHERE id = (SELECT application.job_id FROM application WHERE application.id = $1)";
        sqlx::query::<Db>(update).bind(application).bind(step).execute(self.connection()).await?;
        Ok(())
    }
}

#[async_trait]
impl JobsRead for Link {
    async fn job_facts(&mut self, id: JobId, viewer: UserId) -> Stored<Option<JobFacts>> {
        let select = concat!(
            "SELECT job.poster_id, job.title, job.closes_at, job.closed_at, job.deleted_at, ",
            relation_columns!(),
            ", (SELECT count(*) FROM application WHERE application.job_id = job.id AND application.stage IN ",
            "('submitted', 'viewed', 'interview', 'offer')) AS waiting FROM job CROSS JOIN person WHERE person.id = job.poster_id AND job.id = $2",
        );
        let row = sqlx::query_as::<Db, JobFactsRow>(select).bind(key(viewer.get())).bind(key(id.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(|row| JobFacts {
            id,
            poster: UserId::new(number(row.poster_id)),
            title: row.title,
            closes_at: row.closes_at.map(moment),
            closed_at: row.closed_at.map(moment),
            deleted_at: row.deleted_at.map(moment),
            relation: row.relation.into(),
            waiting: number(row.waiting),
        }))
    }

    async fn job(&mut self, id: JobId, viewer: UserId, now: Timestamp) -> Stored<Option<JobView>> {
        let row = sqlx::query_as::<Db, JobRow>(select_jobs!("job.id = $3"))
            .bind(key(viewer.get()))
            .bind(ms(now))
            .bind(key(id.get()))
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| row.into_view(viewer)).transpose()
    }

    async fn jobs(
        &mut self,
        viewer: UserId,
        search: &JobSearch,
        now: Timestamp,
        before: Option<JobId>,
        limit: usize,
    ) -> Stored<Vec<JobView>> {
        let select = match search.of {
            JobsOf::Open => OPEN,
            JobsOf::Applied => APPLIED,
            JobsOf::Mine => MINE,
        };
        let words = folded(&search.query).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let found = sqlx::query_as::<Db, JobRow>(select)
            .bind(key(viewer.get()))
            .bind(ms(now))
            .bind(text_list(&words)?)
            .bind(search.kind.map_or("", JobKind::as_str))
            .bind(folded(search.place.trim()))
            .bind(before.map_or(i64::MAX, |id| key(id.get())))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(|row| row.into_view(viewer)).collect()
    }

    async fn job_by_client_id(&mut self, poster: UserId, client_id: &str) -> Stored<Option<JobId>> {
        let select = "SELECT id FROM job WHERE poster_id = $1 AND client_id = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(poster.get())).bind(client_id);
        Ok(id.fetch_optional(self.connection()).await?.map(|id| JobId::new(number(id))))
    }

    async fn count_open_jobs(&mut self, poster: UserId, now: Timestamp) -> Stored<u64> {
        let select = "SELECT count(*) FROM job WHERE poster_id = $1 AND closed_at IS NULL AND deleted_at IS NULL \
                      AND (closes_at IS NULL OR closes_at > $2)";
        let count = sqlx::query_scalar::<Db, i64>(select).bind(key(poster.get())).bind(ms(now));
        Ok(number(count.fetch_one(self.connection()).await?))
    }

    async fn application_facts(&mut self, id: ApplicationId) -> Stored<Option<ApplicationFacts>> {
        let row = sqlx::query_as::<Db, ApplicationFactsRow>(select_application_facts!("application.id = $1"))
            .bind(key(id.get()))
            .fetch_optional(self.connection())
            .await?;
        row.map(ApplicationFactsRow::into_facts).transpose()
    }

    async fn application_of(&mut self, job: JobId, applicant: UserId) -> Stored<Option<ApplicationFacts>> {
        let select = select_application_facts!("application.job_id = $1 AND application.applicant_id = $2");
        let row = sqlx::query_as::<Db, ApplicationFactsRow>(select).bind(key(job.get())).bind(key(applicant.get()));
        row.fetch_optional(self.connection()).await?.map(ApplicationFactsRow::into_facts).transpose()
    }

    async fn application(&mut self, id: ApplicationId) -> Stored<Option<Application>> {
        let row = sqlx::query_as::<Db, ApplicationRow>(select_applications!("application.id = $1"))
            .bind(key(id.get()))
            .fetch_optional(self.connection())
            .await?;
        Ok(self.whole_applications(row.into_iter().collect()).await?.pop())
    }

    async fn applications(
        &mut self,
        job: JobId,
        before: Option<ApplicationId>,
        limit: usize,
    ) -> Stored<Vec<Application>> {
        let select = select_applications!(
            "application.job_id = $1 AND application.id < $2 AND application.stage <> 'withdrawn' \
             ORDER BY application.id DESC LIMIT $3"
        );
        let found = sqlx::query_as::<Db, ApplicationRow>(select)
            .bind(key(job.get()))
            .bind(before.map_or(i64::MAX, |id| key(id.get())))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        self.whole_applications(found).await
    }
}

#[async_trait]
impl JobsWrite for Link {
    async fn insert_job(&mut self, job: &JobRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO job (id, poster_id, title, place, place_folded, kind, content, entities, folded, created_at, \
             closes_on, closes_at, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(key(job.id.get()))
        .bind(key(job.poster.get()))
        .bind(&job.text.title)
        .bind(&job.text.place)
        .bind(folded(&job.text.place))
        .bind(job.text.kind.as_str())
        .bind(&job.text.content)
        .bind(columns::json(&job.text.entities)?)
        .bind(found_by(&job.text))
        .bind(ms(job.created_at))
        .bind(job.text.closing.as_ref().map(|(on, _)| on))
        .bind(job.text.closing.as_ref().map(|(_, at)| ms(*at)))
        .bind(&job.client_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn update_job(&mut self, id: JobId, text: &JobText, at: Timestamp) -> Stored<()> {
        let update = "UPDATE job SET title = $2, place = $3, place_folded = $4, kind = $5, content = $6, \
                      entities = $7, folded = $8, edited_at = $9, closes_on = $10, closes_at = $11, \
                      version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(key(id.get()))
            .bind(&text.title)
            .bind(&text.place)
            .bind(folded(&text.place))
            .bind(text.kind.as_str())
            .bind(&text.content)
            .bind(columns::json(&text.entities)?)
            .bind(found_by(text))
            .bind(ms(at))
            .bind(text.closing.as_ref().map(|(on, _)| on))
            .bind(text.closing.as_ref().map(|(_, at)| ms(*at)))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn set_job_closed(&mut self, id: JobId, at: Option<Timestamp>) -> Stored<()> {
        let update = "UPDATE job SET closed_at = $2, version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(at.map(ms)).execute(self.connection()).await?;
        Ok(())
    }

    async fn set_job_deleted(&mut self, id: JobId, at: Option<Timestamp>) -> Stored<()> {
        let update = "UPDATE job SET deleted_at = $2, version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(at.map(ms)).execute(self.connection()).await?;
        Ok(())
    }

    async fn insert_application(&mut self, application: &ApplicationRecord) -> Stored<()> {
        let id = key(application.id.get());
        let insert = "INSERT INTO application (id, job_id, applicant_id, note, stage, created_at) \
                      VALUES ($1, $2, $3, $4, 'submitted', $5)";
        sqlx::query::<Db>(insert)
            .bind(id)
            .bind(key(application.job.get()))
            .bind(key(application.applicant.get()))
            .bind(&application.note)
            .bind(ms(application.created_at))
            .execute(self.connection())
            .await?;
        self.add_step(id, Stage::Submitted, application.created_at).await?;
        self.count_application(id, 1).await
    }

    async fn renew_application(&mut self, id: ApplicationId, note: &str, at: Timestamp) -> Stored<()> {
        let id = key(id.get());
        let update = "UPDATE application SET stage = 'submitted', note = $2, version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update).bind(id).bind(note).execute(self.connection()).await?;
        self.add_step(id, Stage::Submitted, at).await?;
        self.count_application(id, 1).await
    }

    async fn set_stage(&mut self, id: ApplicationId, stage: Stage, at: Timestamp) -> Stored<()> {
        let id = key(id.get());
        let update = "UPDATE application SET stage = $2, version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update).bind(id).bind(stage.as_str()).execute(self.connection()).await?;
        self.add_step(id, stage, at).await
    }

    async fn withdraw_application(&mut self, id: ApplicationId, at: Timestamp) -> Stored<Option<AttachmentId>> {
        let id = key(id.get());
        let update = "UPDATE application SET stage = 'withdrawn', note = '', version = version + 1 WHERE id = $1";
        sqlx::query::<Db>(update).bind(id).execute(self.connection()).await?;
        self.add_step(id, Stage::Withdrawn, at).await?;
        self.count_application(id, -1).await?;
        let discard = "UPDATE attachment SET discarded = TRUE, client_id = NULL, application_id = NULL \
                       WHERE application_id = $1 RETURNING id";
        let carried = sqlx::query_scalar::<Db, i64>(discard).bind(id).fetch_optional(self.connection()).await?;
        Ok(carried.map(|id| AttachmentId::new(number(id))))
    }

    async fn purge_jobs(&mut self, before: Timestamp, limit: usize) -> Stored<u64> {
        let select = concat!("SELECT id FROM job WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2", skip_locked!());
        let jobs = sqlx::query_scalar::<Db, i64>(select).bind(ms(before)).bind(rows(limit));
        let jobs = key_list(&jobs.fetch_all(self.connection()).await?)?;
        let discard = concat!(
            "UPDATE attachment SET discarded = TRUE, client_id = NULL, application_id = NULL WHERE application_id IN ",
            "(SELECT application.id FROM application WHERE application.job_id ",
            one_of!("$1"),
            ")",
        );
        sqlx::query::<Db>(discard).bind(jobs.clone()).execute(self.connection()).await?;
        // Applications and their steps go with their job.
        let delete = concat!("DELETE FROM job WHERE id ", one_of!("$1"));
        Ok(sqlx::query::<Db>(delete).bind(jobs).execute(self.connection()).await?.rows_affected())
    }
}
