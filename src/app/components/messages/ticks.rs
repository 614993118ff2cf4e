//! How far one's own message is: a clock, one tick, two, and two in the accent colour. They differ in number and in words.

use leptos::prelude::*;

use crate::{
    app::components::icon::{Icon, IconName},
    client::state::conversations::Position,
};

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Not stored yet.
    Sending,
    /// Stored.
    Sent,
    /// On a device of every member.
    Delivered,
    /// Every member has read it.
    Read,
}

impl Tick {
    /// Of a stored message with this number, where all others are at least at `reach`.
    #[must_use]
    pub const fn of(number: u64, reach: Position) -> Self {
        if reach.read >= number {
            Self::Read
        } else if reach.delivered >= number {
            Self::Delivered
        } else {
            Self::Sent
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Delivered => "Delivered",
            Self::Read => "Read",
        }
    }

    const fn icon(self) -> IconName {
        match self {
            Self::Sending => IconName::Clock,
            Self::Sent => IconName::Check,
            Self::Delivered | Self::Read => IconName::Checks,
        }
    }
}

/// The tick of a message.
#[component]
pub fn Ticks(
    /// How far it is.
    #[prop(into)]
    tick: Signal<Tick>,
) -> impl IntoView {
    move || {
        let tick = tick.get();
        let colour = if tick == Tick::Read { "text-accent-text" } else { "" };
        view! {
            <span class=format!("inline-flex animate-fade {colour}") data-tick=tick.words()>
                <Icon name=tick.icon() size=16 />
                <span class="sr-only">{tick.words()}</span>
            </span>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_follows_from_how_far_all_the_others_are() {
        let at = |read, delivered| Position { read, delivered };
        assert_eq!(Tick::of(5, at(0, 4)), Tick::Sent);
        assert_eq!(Tick::of(5, at(0, 5)), Tick::Delivered);
        assert_eq!(Tick::of(5, at(5, 9)), Tick::Read);
    }
}
