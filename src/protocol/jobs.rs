//! The job board: what is offered, who applied, and how far each application is.

use serde::{Deserialize, Serialize};

use super::{
    attachments::Attachment,
    ids::{ApplicationId, AttachmentId, JobId, UserId},
    time::Timestamp,
    views::{Entity, PersonRef},
};

/// What sort of work it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// All of the week.
    #[default]
    FullTime,
    /// Some of the week.
    PartTime,
    /// For a while, or for one piece of work.
    Contract,
    /// To learn it.
    Internship,
    /// Without pay.
    Volunteer,
}

impl JobKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::FullTime, Self::PartTime, Self::Contract, Self::Internship, Self::Volunteer];

    /// Its name on the wire, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullTime => "full_time",
            Self::PartTime => "part_time",
            Self::Contract => "contract",
            Self::Internship => "internship",
            Self::Volunteer => "volunteer",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::FullTime => "Full time",
            Self::PartTime => "Part time",
            Self::Contract => "Contract",
            Self::Internship => "Internship",
            Self::Volunteer => "Volunteer",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How far an application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It was sent.
    Submitted,
    /// Whoever posted the job opened it.
    Viewed,
    /// They want to talk.
    Interview,
    /// They offer the job.
    Offer,
    /// It is settled: they work together.
    Accepted,
    /// It did not work out.
    Rejected,
    /// The applicant took it back; its note and file are gone.
    Withdrawn,
}

impl Stage {
    /// All of them, in the order in which an application passes them.
    pub const ALL: [Self; 7] =
        [Self::Submitted, Self::Viewed, Self::Interview, Self::Offer, Self::Accepted, Self::Rejected, Self::Withdrawn];

    /// Those to which whoever posted the job can move an application.
    pub const MOVES: [Self; 5] = [Self::Viewed, Self::Interview, Self::Offer, Self::Accepted, Self::Rejected];

    /// Its name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Viewed => "viewed",
            Self::Interview => "interview",
            Self::Offer => "offer",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// In words, for the applicant and for whoever posted the job.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Submitted => "Submitted",
            Self::Viewed => "Viewed",
            Self::Interview => "Interview",
            Self::Offer => "Offer",
            Self::Accepted => "Accepted",
            Self::Rejected => "Not selected",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// The stage of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
}

/// A job on the board, as one viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct JobView {
    /// Which; newer jobs have greater ids.
    pub job_id: JobId,
    /// Who posted it.
    pub user_id: UserId,
    /// Their name and picture.
    pub poster: PersonRef,
    /// What one would be.
    pub title: String,
    /// Where.
    pub place: String,
    /// What sort of work.
    pub kind: JobKind,
    /// What it is about.
    pub content: String,
    /// Links, mentions and tags in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// When it was posted.
    pub timestamp: Timestamp,
    /// When it last changed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The last day to apply, as `2026-12-31`; none: until it is closed. It lasts until that day is over everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<String>,
    /// Whether one can apply now.
    pub open: bool,
    /// Grows with every change, from 1.
    pub version: u64,
    /// Applications that were not withdrawn; only for whoever posted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_count: Option<u64>,
    /// The viewer's own application, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mine: Option<OwnApplication>,
}

/// How far the viewer's own application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct OwnApplication {
    /// Which.
    pub application_id: ApplicationId,
    /// How far.
    pub stage: Stage,
}

/// One step of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Step {
    /// Where it came to.
    pub stage: Stage,
    /// When.
    pub timestamp: Timestamp,
}

/// An application, the same for the applicant and for whoever posted the job; nobody else sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Application {
    /// Which.
    pub application_id: ApplicationId,
    /// The job.
    pub job_id: JobId,
    /// Its title.
    pub job_title: String,
    /// Who posted the job.
    pub poster: PersonRef,
    /// Who applied.
    pub user_id: UserId,
    /// Their name and picture.
    pub applicant: PersonRef,
    /// What they wrote; empty once withdrawn.
    pub note: String,
    /// What they sent along; nothing once withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// How far it is.
    pub stage: Stage,
    /// All its steps, oldest first; the last is `stage`.
    pub steps: Vec<Step>,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// Grows with every step, from 1.
    pub version: u64,
}

/// Which jobs a list is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobsOf {
    /// Those for which one can apply.
    #[default]
    Open,
    /// Those the viewer applied for.
    Applied,
    /// Those the viewer posted, closed ones too.
    Mine,
}

impl JobsOf {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Open, Self::Applied, Self::Mine];

    /// Its name on the wire and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Applied => "applied",
            Self::Mine => "mine",
        }
    }
}

/// What a list of jobs is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSearch {
    /// Which.
    #[serde(default)]
    pub of: JobsOf,
    /// Every one of these words stands in the title, the place or the text; empty: any.
    #[serde(default)]
    pub query: String,
    /// Only of this kind.
    #[serde(default)]
    pub kind: Option<JobKind>,
    /// Only where the place contains this; empty: anywhere.
    #[serde(default)]
    pub place: String,
}

// -------------------------------------------------------------------------------------------------------- requests

/// `POST /api/jobs`, and all of `PUT /api/jobs/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewJob {
    /// What one would be.
    pub title: String,
    /// Where.
    pub place: String,
    /// What sort of work.
    #[serde(default)]
    pub kind: JobKind,
    /// What it is about.
    pub content: String,
    /// See [`JobView::closes_on`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<String>,
    /// A UUID made by the client: sending the same one again returns the same job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `POST /api/jobs/{id}/applications`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewApplication {
    /// Why oneself.
    #[serde(default)]
    pub note: String,
    /// What was uploaded to `POST /api/attachments` to go along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
}

/// `PATCH /api/applications/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ApplicationMove {
    /// `viewed`, `interview`, `offer`, `accepted` or `rejected`.
    pub stage: Stage,
}
