//! Addresses and words of the job board.

use crate::protocol::{
    ids::{ApplicationId, JobId},
    jobs::JobView,
};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The page of a job.
#[must_use]
pub fn job_href(id: JobId) -> String {
    ["/jobs/", &id.get().to_string()].concat()
}

/// The page of an application.
#[must_use]
pub fn application_href(id: ApplicationId) -> String {
    ["/jobs/applications/", &id.get().to_string()].concat()
}

/// "Apply by 31 Dec 2026", "Open", "Closed".
#[must_use]
pub fn closing_words(job: &JobView) -> String {
    match job.closes_on.as_deref().filter(|_| job.open) {
        Some(day) => ["Apply by ", &day_words(day)].concat(),
        None if job.open => "Open".to_owned(),
        None => "Closed".to_owned(),
    }
}

/// `2026-12-31` as "31 Dec 2026"; what is no day as it is.
fn day_words(day: &str) -> String {
    let mut parts = day.splitn(3, '-');
    let (year, month, number) = (parts.next(), parts.next(), parts.next());
    let month = month.and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (year, month, number.and_then(|number| number.parse::<u8>().ok())) {
        (Some(year), Some(month), Some(number)) => format!("{number} {month} {year}"),
        _ => day.to_owned(),
    }
}

/// "1 application", "3 applications".
#[must_use]
pub fn count_words(count: u64) -> String {
    match count {
        0 => "No applications yet".to_owned(),
        1 => "1 application".to_owned(),
        count => format!("{count} applications"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_in_words() {
        assert_eq!(day_words("2026-12-31"), "31 Dec 2026");
        assert_eq!(day_words("2026-01-05"), "5 Jan 2026");
        assert_eq!(day_words("2026-13-05"), "2026-13-05");
        assert_eq!(day_words("soon"), "soon");
    }
}
