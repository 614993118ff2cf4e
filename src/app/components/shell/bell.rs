//! The bell over every page: how much is unread, and the way to it. On a phone, and without a script, it leads to the page;
//! else it opens the panel in place.

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;

use super::rail::is_at;
use crate::{
    app::{
        bell::{BELL_HREF, use_bell_panel},
        components::{
            icon::{Icon, IconName},
            messages::row::badge_words,
            time::use_clock,
        },
        pages::on_demand::Chunk,
    },
    client::live::use_live,
};

/// From this width on the panel has room.
const HAS_ROOM: &str = "(width >= 641px)";

/// The bell with its badge.
#[component]
pub fn Bell() -> impl IntoView {
    let open = use_bell_panel();
    let count = use_live().bell().count();
    let path = use_location().pathname;
    let is_here = Memo::new(move |_| path.with(|path| is_at(path, BELL_HREF)));
    let node = NodeRef::<html::A>::new();
    // What goes to another page closes it.
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            open.set(false);
        }
        now
    });
    let press = move |event: ev::MouseEvent| {
        let is_for_elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
        if is_for_elsewhere || is_here.get_untracked() || !has_room() {
            return;
        }
        event.prevent_default();
        if open.get_untracked() {
            open.set(false);
            return;
        }
        spawn_local(async move {
            if Chunk::Bell.fetch().await.is_ok() {
                open.set(true);
            } else {
                // Nothing is left to try when even that is refused.
                let _ = window().location().assign(BELL_HREF);
            }
        });
    };
    let clock = use_clock();
    let expanded = move || (clock.is_awake() && !is_here.get()).then(|| if open.get() { "true" } else { "false" });
    let is_filled = Signal::derive(move || open.get() || is_here.get());
    view! {
        <nav
            aria-label="Bell"
            data-bell=""
            class="pointer-events-none fixed top-0 right-2 z-22 flex h-(--bar) items-center medium:right-[max(24px,50%-336px)] wide:right-[max(0px,50%-604px)]"
        >
            <a
                id="bell"
                node_ref=node
                href=BELL_HREF
                aria-label=move || bell_name(count.get())
                title="Notifications (g n)"
                aria-current=move || is_here.get().then_some("page")
                aria-expanded=expanded
                class="pointer-events-auto relative grid size-11 place-items-center rounded-pill text-text transition-colors hover:bg-sunken active:scale-[0.97] aria-expanded:bg-sunken aria-[current]:bg-sunken"
                class=("bg-sunken", move || open.get())
                on:click=press
            >
                <Rung count>
                    <Icon name=IconName::Bell size=23 filled=is_filled />
                </Rung>
                <Badge count open=is_filled />
            </a>
        </nav>
    }
}

/// "Notifications", and how many are unread.
fn bell_name(count: u64) -> String {
    match count {
        0 => "Notifications".to_owned(),
        count => ["Notifications, ", &badge_words(count), " unread"].concat(),
    }
}

fn has_room() -> bool {
    window().match_media(HAS_ROOM).ok().flatten().is_some_and(|media| media.matches())
}

/// Tilts once when the count grows.
#[component]
fn Rung(count: Signal<u64>, children: ChildrenFn) -> impl IntoView {
    let times = RwSignal::new(0_u32);
    Effect::new(move |before: Option<u64>| {
        let now = count.get();
        if before.is_some_and(|before| now > before) {
            times.update(|times| *times = times.wrapping_add(1));
        }
        now
    });
    // A new element each time, so that the motion runs again.
    move || {
        let class = if times.get() > 0 { "grid animate-tilt" } else { "grid" };
        view! { <span class=class>{children()}</span> }
    }
}

/// 1…99, then 99+. It grows into its place when it appears.
#[component]
fn Badge(count: Signal<u64>, open: Signal<bool>) -> impl IntoView {
    let is_any = Memo::new(move |_| count.get() > 0);
    let clock = use_clock();
    // More than one sign would reach to the edge of a phone: it ends where the bell does, not begins at its middle.
    let place = move || if count.get() > 9 { "-right-1 px-1" } else { "left-1/2 ml-0.5 px-1.5" };
    let ring = move || if open.get() { "ring-sunken" } else { "ring-surface medium:ring-canvas" };
    move || {
        // What was there when the page came does not make a show of itself.
        let motion = if clock.is_awake() { "animate-badge" } else { "" };
        is_any.get().then(|| {
            view! {
                <span
                    class=move || {
                        format!(
                            "absolute top-0 grid h-5 min-w-5 {motion} place-items-center rounded-pill bg-accent text-caption text-accent-contrast tabular-nums ring-[2.5px] {} {}",
                            place(),
                            ring(),
                        )
                    }
                    aria-hidden="true"
                    data-unread-notifications=move || count.get().to_string()
                >
                    {move || badge_words(count.get())}
                </span>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_bell_counts_as_its_badge_does() {
        assert_eq!(bell_name(0), "Notifications");
        assert_eq!(bell_name(4), "Notifications, 4 unread");
        assert_eq!(bell_name(140), "Notifications, 99+ unread");
    }
}
