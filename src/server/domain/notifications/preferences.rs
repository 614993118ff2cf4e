//! How people want to be told: what they chose, what holds until they choose, and when they are left in peace.

use std::time::Duration;

use jiff::{Timestamp as Instant, tz::TimeZone};

use super::super::{Actor, Domain, errors::Result, ports::NotificationSettings, validation::Faults};
use crate::protocol::{
    notifications::{EmailTiming, KindPreference, NotificationKind, NotificationPreferences, QuietHours},
    time::Timestamp,
};

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;
/// The daily letter is sent at eight in the morning unless somebody chose.
const DIGEST_MINUTE: u16 = 8 * 60;

/// What holds for a kind until somebody chooses. Letters are for what somebody wrote to the person or asks of them; likes,
/// follows and announcements can wait until they come back.
pub(in crate::server::domain) fn default_choice(kind: NotificationKind) -> KindPreference {
    let email = match kind {
        NotificationKind::Comment
        | NotificationKind::Mention
        | NotificationKind::Message
        | NotificationKind::FriendRequest
        | NotificationKind::JobApplication => EmailTiming::AtOnce,
        NotificationKind::Like | NotificationKind::Follow | NotificationKind::System => EmailTiming::Never,
    };
    KindPreference { kind, in_app: true, push: true, email }
}

/// What was chosen for all kinds, or what holds until then.
pub(in crate::server::domain) fn settings_or_default(chosen: Option<NotificationSettings>) -> NotificationSettings {
    chosen.unwrap_or_else(|| NotificationSettings {
        enabled: true,
        quiet_hours: None,
        time_zone: "UTC".to_owned(),
        digest_minute: DIGEST_MINUTE,
    })
}

/// Whether somebody is left in peace now. In a zone that is not known any more it is UTC.
pub(super) fn is_quiet(settings: &NotificationSettings, now: Timestamp) -> bool {
    let Some(QuietHours { from_minute, until_minute }) = settings.quiet_hours else { return false };
    let minute = minute_of_day(&settings.time_zone, now);
    if from_minute <= until_minute {
        (from_minute..until_minute).contains(&minute)
    } else {
        minute >= from_minute || minute < until_minute
    }
}

/// How long somebody is still left in peace; `None` when they are not.
pub(in crate::server::domain) fn quiet_for(settings: &NotificationSettings, now: Timestamp) -> Option<Duration> {
    let until = settings.quiet_hours.filter(|_| is_quiet(settings, now))?.until_minute;
    let minute = minute_of_day(&settings.time_zone, now);
    let minutes = (until + DAY_MINUTES - minute) % DAY_MINUTES;
    Some(Duration::from_secs(u64::from(minutes) * 60))
}

/// The minute of the day in a zone.
pub(in crate::server::domain) fn minute_of_day(time_zone: &str, now: Timestamp) -> u16 {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let local = Instant::from_millisecond(ms).unwrap_or(Instant::UNIX_EPOCH).to_zoned(zone);
    let (hour, minute) = (local.hour(), local.minute());
    u16::try_from(i16::from(hour) * 60 + i16::from(minute)).unwrap_or_default()
}

/// Every zone that a person may live in, by its IANA name: those of regions, and UTC.
#[must_use]
pub fn time_zones() -> Vec<String> {
    let regions = ["Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/"];
    let is_lived_in = |name: &String| {
        name == "UTC" || regions.iter().chain(&["Indian/", "Pacific/"]).any(|region| name.starts_with(region))
    };
    let mut zones: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).filter(is_lived_in).collect();
    zones.sort();
    zones
}

impl Domain {
    /// What the asker chose about being told, with what holds where they did not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn notification_preferences(&self, actor: &Actor) -> Result<NotificationPreferences> {
        let mut read = self.ports.store.read().await?;
        let settings = settings_or_default(read.notification_settings(actor.user_id).await?);
        let chosen = read.notification_choices(actor.user_id).await?;
        let choice = |kind| {
            let of_kind = chosen.iter().find(|choice| choice.kind == kind);
            of_kind.copied().unwrap_or_else(|| default_choice(kind))
        };
        Ok(NotificationPreferences {
            enabled: settings.enabled,
            kinds: NotificationKind::ALL.map(choice).to_vec(),
            quiet_hours: settings.quiet_hours,
            time_zone: settings.time_zone,
            digest_minute: settings.digest_minute,
        })
    }

    /// Replaces what the asker chose; kinds that are left out stay as they are. All of it, now.
    ///
    /// # Errors
    /// When a minute is none of a day, the quiet hours are empty, or the zone is not known.
    pub async fn set_notification_preferences(
        &self,
        actor: &Actor,
        wish: &NotificationPreferences,
    ) -> Result<NotificationPreferences> {
        check(wish)?;
        let settings = NotificationSettings {
            enabled: wish.enabled,
            quiet_hours: wish.quiet_hours,
            time_zone: wish.time_zone.clone(),
            digest_minute: wish.digest_minute,
        };
        let mut tx = self.ports.store.begin().await?;
        tx.set_notification_settings(actor.user_id, &settings).await?;
        for choice in &wish.kinds {
            tx.set_notification_choice(actor.user_id, choice).await?;
        }
        tx.commit().await?;
        self.notification_preferences(actor).await
    }
}

fn check(wish: &NotificationPreferences) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(QuietHours { from_minute, until_minute }) = wish.quiet_hours {
        if from_minute >= DAY_MINUTES || until_minute >= DAY_MINUTES {
            faults.add("quiet_hours", "A day has the minutes 0 to 1439.".to_owned());
        } else if from_minute == until_minute {
            faults.add("quiet_hours", "Quiet hours end at another minute than they begin.".to_owned());
        }
    }
    if wish.digest_minute >= DAY_MINUTES {
        faults.add("digest_minute", "A day has the minutes 0 to 1439.".to_owned());
    }
    if TimeZone::get(&wish.time_zone).is_err() {
        faults.add("time_zone", "This is no time zone that we know; one is called Europe/Lisbon.".to_owned());
    }
    faults.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(from_minute: u16, until_minute: u16, zone: &str) -> NotificationSettings {
        NotificationSettings {
            quiet_hours: Some(QuietHours { from_minute, until_minute }),
            time_zone: zone.to_owned(),
            ..settings_or_default(None)
        }
    }

    #[test]
    fn the_zones_to_choose_from_are_known_and_are_places() {
        let zones = time_zones();
        assert!(zones.iter().any(|zone| zone == "Europe/Lisbon") && zones.iter().any(|zone| zone == "UTC"));
        assert!(zones.iter().all(|zone| TimeZone::get(zone).is_ok() && !zone.starts_with("Etc/")));
    }

    /// 2026-07-01T22:30:00Z.
    const SUMMER: Timestamp = Timestamp::from_millis(1_782_945_000_000);
    /// 2026-12-01T22:30:00Z.
    const WINTER: Timestamp = Timestamp::from_millis(1_796_164_200_000);

    #[test]
    fn minutes_are_of_the_persons_day_in_summer_and_winter() {
        assert_eq!(minute_of_day("UTC", SUMMER), 22 * 60 + 30);
        assert_eq!(minute_of_day("Europe/Berlin", SUMMER), 30);
        assert_eq!(minute_of_day("Europe/Berlin", WINTER), 23 * 60 + 30);
        assert_eq!(minute_of_day("Asia/Kathmandu", WINTER), 4 * 60 + 15);
        assert_eq!(minute_of_day("Nowhere/Atlantis", SUMMER), 22 * 60 + 30);
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_end_on_their_minute() {
        let night = settings(23 * 60, 7 * 60, "Europe/Berlin");
        assert!(is_quiet(&night, SUMMER) && is_quiet(&night, WINTER));
        assert!(!is_quiet(&settings(23 * 60, 7 * 60, "UTC"), SUMMER));
        let half_hour = settings(0, 30, "Europe/Berlin");
        assert!(!is_quiet(&half_hour, SUMMER));
        assert!(is_quiet(&settings(30, 31, "Europe/Berlin"), SUMMER));
        assert!(!is_quiet(&settings_or_default(None), SUMMER));
    }
}
