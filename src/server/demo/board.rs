//! What the demo's people offer on the job board, and who applied.

use crate::protocol::jobs::{JobKind, Stage};

/// A job.
pub struct Offer {
    /// The handle of who posted it.
    pub by: &'static str,
    /// How long ago, in minutes.
    pub ago_min: u64,
    /// What one would be.
    pub title: &'static str,
    /// Where.
    pub place: &'static str,
    /// What sort of work.
    pub kind: JobKind,
    /// What it is about.
    pub text: &'static str,
    /// Who applied.
    pub applicants: &'static [Applicant],
}

/// Somebody who applied.
pub struct Applicant {
    /// Their handle.
    pub who: &'static str,
    /// What they wrote.
    pub note: &'static str,
    /// Where their application came to, and how long ago, in minutes; the first step is sending it.
    pub steps: &'static [(Stage, u64)],
}

const H: u64 = 60;
const D: u64 = 24 * H;

/// Every job, oldest first.
pub const OFFERS: &[Offer] = &[
    Offer {
        by: "ingrid",
        ago_min: 9 * D,
        title: "Glaze assistant for the spring market",
        place: "The studio, room 2",
        kind: JobKind::Contract,
        text: "Six Saturdays of mixing, sieving and dipping. You bring patience and old clothes; I bring the recipes, \
               gloves and lunch. Paid by the day.",
        applicants: &[Applicant {
            who: "mina",
            note: "I have done two markets with Ana and I label buckets as if my life depended on it.",
            steps: &[(Stage::Submitted, 6 * D), (Stage::Viewed, 6 * D - 3 * H), (Stage::Interview, 2 * D + 4 * H)],
        }],
    },
    Offer {
        by: "dev",
        ago_min: 5 * D,
        title: "Two pairs of hands to move a loom",
        place: "Old Mill Lane 14",
        kind: JobKind::Volunteer,
        text: "It comes apart, and I have the drawings. Half a day, a van, and the best dal you will eat this month.",
        applicants: &[],
    },
    Offer {
        by: "mina",
        ago_min: 3 * D,
        title: "Studio technician",
        place: "The studio",
        kind: JobKind::PartTime,
        text: "Twelve hours a week: firing schedules, kiln logs, reclaiming clay, keeping the wheels turning. You know \
               cones from controllers, or want to learn it properly. Ask @ana what the kiln is like before breakfast.",
        applicants: &[
            Applicant {
                who: "salma",
                note: "I have fired gas and electric for nine years, and I write everything down.",
                steps: &[(Stage::Submitted, 2 * D), (Stage::Viewed, D + 20 * H), (Stage::Interview, 9 * H)],
            },
            Applicant {
                who: "niko",
                note: "I am new to kilns and good with anything that has a motor.",
                steps: &[(Stage::Submitted, 5 * H)],
            },
        ],
    },
    Offer {
        by: "tomas",
        ago_min: 20 * H,
        title: "Somebody to photograph forty chairs",
        place: "Remote, or the wood shop",
        kind: JobKind::Contract,
        text: "Plain background, honest light, by the end of the month. #woodwork",
        applicants: &[],
    },
];
