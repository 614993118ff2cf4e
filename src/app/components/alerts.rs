//! Tells what just happened: a toast, and where this device was told to, a sound or a notification of the browser's own.
//! One tab of all does so, and none while one of them shows the very thing.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::{
    messages::words::conversation_href,
    shell::rail::is_at,
    time::{PageClock, use_clock},
    toast::{Toasts, use_toasts},
};
use crate::{
    app::bell::{BELL_HREF, use_bell_panel},
    client::{
        alerts::{self, Extra, Nearness},
        live::{Live, use_live},
        push,
    },
    protocol::notifications::Notification,
};

/// What is older is no news: it came late, after sleep or from a long cut.
const NEWS: Duration = Duration::from_secs(60);

/// What telling needs of the page.
#[derive(Clone, Copy)]
struct Place {
    live: Live,
    toasts: Toasts,
    clock: PageClock,
    panel: RwSignal<bool>,
    path: Memo<String>,
    // Only a browser has somewhere to go: on the server none of this is made.
    go: StoredValue<Way, LocalStorage>,
}

/// Leads to an address.
type Way = Box<dyn Fn(&str)>;

/// Listens; draws nothing.
#[component]
pub fn Alerts() -> impl IntoView {
    let (live, toasts, clock, panel) = (use_live(), use_toasts(), use_clock(), use_bell_panel());
    let path = use_location().pathname;
    Effect::new(move |_| {
        let navigate = use_navigate();
        let go: Way = Box::new(move |href| navigate(href, NavigateOptions::default()));
        let place = Place { live, toasts, clock, panel, path, go: StoredValue::new_local(go) };
        // Where the code for it does not come, the page is not live either.
        spawn_local(async move { drop(listen(place).await) });
    });
}

#[leptos::wasm_split::wasm_split(live, wasm_split_path = ::leptos::wasm_split, fallible)]
fn listen(place: Place) -> Result<(), SplitLoaderError> {
    let Place { live, toasts, clock, panel, path, go } = place;
    let open = move |told: &Notification| {
        let (id, href) = (told.notification_id, told.data.href.clone());
        // A refusal leaves it unread, which is the truth.
        spawn_local(async move { drop(live.bell().mark(id, true).await) });
        let _gone = go.try_with_value(|go| go(&href));
    };
    live.bell().on_alert(move |told| {
        if clock.now_untracked().since(told.timestamp) > NEWS {
            return;
        }
        let shows_it = panel.get_untracked() || path.with_untracked(|path| shows(path, &told));
        spawn_local(tell(told, shows_it, toasts, open));
    });
    Ok(())
}

/// Tells it, if this tab is the one to do so.
async fn tell(
    told: Notification,
    shows_it: bool,
    toasts: Toasts,
    open: impl Fn(&Notification) + Copy + Send + Sync + 'static,
) {
    let nearness = Nearness::here(shows_it);
    let is_ours = alerts::claim(&name_of(&told), nearness).await;
    if !is_ours || nearness == Nearness::ShowsIt {
        return;
    }
    if Extra::Sound.is_on() {
        alerts::play_sound();
    }
    let for_desktop = told.clone();
    let is_behind = nearness != Nearness::Focused;
    // Who turned pushes on here is told in the same way by a tab that they do not see.
    let is_wanted = Extra::Desktop.is_on() || push::is_on();
    if is_behind && is_wanted && alerts::show_desktop(&told, move || open(&for_desktop)).await {
        return;
    }
    let key = told.notification_id.get();
    toasts.tell(key, told.message.clone(), "View", Callback::new(move |()| open(&told)));
}

/// Names one telling: the same in every tab, another one when the group has grown.
fn name_of(told: &Notification) -> String {
    [&told.notification_id.get().to_string(), ":", &told.seq.to_string()].concat()
}

/// Whether the page at a path shows what a notification tells of: the bell itself, or the conversation.
fn shows(path: &str, told: &Notification) -> bool {
    let in_thread = |at| path == conversation_href(at);
    is_at(path, BELL_HREF) || told.target.conversation_id.is_some_and(in_thread)
}
