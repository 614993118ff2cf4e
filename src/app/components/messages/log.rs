//! The thread itself: days, runs, the "New" line, what is not sent yet, and the scroller that begins at its end.
//!
//! The scroller runs from its end (see `from-the-end` in the styles): older messages that come above move nothing, and
//! whoever is at the end stays there. The browser anchors the rest.

use std::collections::BTreeMap;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;

use super::{
    bubble::{MessageRow, Place},
    message_menu::close_menus,
    open_thread::{Asked, OpenThread},
    typing::TypingBubble,
    unsent::UnsentRow,
    words::{conversation_href, conversation_name},
};
use crate::{
    app::components::{
        button::{ButtonKind, ButtonSize, button_class},
        far_away::{provide_far_away, use_far_away},
        gradually::{Side, gradually},
        groups::{Groups, use_groups},
        icon::{Icon, IconName},
        time::{DayWords, use_clock},
    },
    client::live::Tail,
    protocol::{
        ids::{MessageId, UserId},
        time::Timestamp,
    },
};

/// So near the top, in pixels, the next older page is loaded.
const AHEAD: i32 = 1_200;
/// So near the end, in pixels, one counts as being there.
const NEAR_END: i32 = 48;

/// What does not change about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fact {
    id: MessageId,
    sender: UserId,
    at: Timestamp,
    is_note: bool,
}

/// A line of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Line {
    Day(i64, Timestamp),
    New,
    Message(MessageId),
}

/// Messages that stand below one another, and what stands right before and behind them.
#[derive(Clone, Debug, Default)]
struct Stretch {
    before: Option<Fact>,
    messages: Vec<Fact>,
    behind: Option<Fact>,
}

/// Lines, and the place of each message in its run.
type Shape = (Vec<Line>, BTreeMap<MessageId, Place>);

impl Stretch {
    /// Its lines, where `new_at` is the first new message.
    fn shape(&self, new_at: Option<MessageId>, day_of: impl Fn(Timestamp) -> i64) -> Shape {
        let dated = |fact: &Fact| (*fact, day_of(fact.at));
        let runs_on = |(one, day): &(Fact, i64), (next, next_day): &(Fact, i64)| {
            one.sender == next.sender && !one.is_note && !next.is_note && day == next_day && new_at != Some(next.id)
        };
        let (mut lines, mut places) = (Vec::new(), BTreeMap::new());
        let mut before = self.before.as_ref().map(dated);
        for (at, fact) in self.messages.iter().enumerate() {
            let this = dated(fact);
            let behind = self.messages.get(at + 1).or(self.behind.as_ref()).map(dated);
            if before.is_none_or(|(_, last)| last != this.1) {
                lines.push(Line::Day(this.1, fact.at));
            }
            if new_at == Some(fact.id) {
                lines.push(Line::New);
            }
            lines.push(Line::Message(fact.id));
            let first = !before.is_some_and(|before| runs_on(&before, &this));
            let last = !behind.is_some_and(|behind| runs_on(&this, &behind));
            places.insert(fact.id, Place { first, last });
            before = Some(this);
        }
        (lines, places)
    }
}

/// The lines of a group of messages.
fn use_shape(
    open: OpenThread,
    messages: Memo<Vec<MessageId>>,
    neighbours: Memo<(Option<MessageId>, Option<MessageId>)>,
    new_at: Option<MessageId>,
) -> Memo<Shape> {
    let clock = use_clock();
    let fact = move |id: MessageId| {
        let message = open.thread.message(id)?;
        Some(message.with_untracked(|view| Fact {
            id,
            sender: view.sender_id,
            at: view.timestamp,
            is_note: view.note.is_some(),
        }))
    };
    Memo::new(move |_| {
        let (before, behind) = neighbours.get();
        let stretch = Stretch {
            before: before.and_then(fact),
            messages: messages.with(|ids| ids.iter().copied().filter_map(fact).collect()),
            behind: behind.and_then(fact),
        };
        stretch.shape(new_at, |at| clock.day(at))
    })
}

/// The thread.
#[component]
pub fn ThreadLog(
    /// The thread.
    open: OpenThread,
    /// What the address asks for.
    asked: Asked,
    /// The messages to show.
    ids: Signal<Vec<MessageId>>,
    /// The first that was not read when the thread was opened.
    new_at: Option<MessageId>,
) -> impl IntoView {
    provide_far_away(Some(open.scroller));
    let shown = gradually(ids, Side::Start);
    let last_own = Memo::new(move |_| ids.with(|_| open.last_own()));
    let groups = use_groups(shown);
    let numbers = groups.numbers();
    let is_growing = Memo::new(move |_| shown.with(Vec::len) < ids.with(Vec::len));
    let at_end = use_end(open, new_at, is_growing);
    let item = open.thread.conversation.item();
    let label = move || {
        let name = item.with(|item| item.as_ref().map(|item| conversation_name(&item.conversation, open.me)));
        ["Messages with ", &name.unwrap_or_default()].concat()
    };
    let unsent = open.thread.conversation.unsent();
    let unsent_ids =
        Memo::new(move |_| unsent.with(|all| all.iter().map(|one| one.message.client_id.clone()).collect::<Vec<_>>()));
    view! {
        <div class="relative min-h-0 flex-1">
            <div node_ref=open.scroller class="absolute inset-0 from-the-end" on:scroll=move |_| at_end.run(())>
                <div
                    role="log"
                    aria-label=label
                    tabindex="0"
                    class="px-3 pt-4 pb-1 ring-inside medium:px-5"
                >
                    <Earlier open asked ids />
                    <Silence shown unsent_ids />
                    <For each=move || numbers.get() key=|number| *number let(number)>
                        <LineGroup open groups number new_at last_own />
                    </For>
                    <ol class=LINES>
                        <For each=move || unsent_ids.get() key=Clone::clone let(client_id)>
                            <UnsentRow open client_id />
                        </For>
                    </ol>
                    <TypingBubble typists=open.thread.conversation.typists() indented=open.is_group() />
                </div>
            </div>
            <JumpPill open />
        </div>
    }
}

/// Lines below one another.
const LINES: &str = "grid grid-cols-[minmax(0,1fr)]";

/// Lines that come and go together.
#[component]
fn LineGroup(
    open: OpenThread,
    groups: Groups<MessageId>,
    number: usize,
    new_at: Option<MessageId>,
    last_own: Memo<Option<MessageId>>,
) -> impl IntoView {
    let node = NodeRef::<html::Ol>::new();
    let element_id = ["lines-", &number.to_string()].concat();
    let height = use_far_away(node, &element_id);
    let messages = groups.items(number);
    let is_sought = move || open.sought.get().is_some_and(|id| messages.with(|messages| messages.contains(&id)));
    let is_there = Memo::new(move |_| height.with(Option::is_none) || is_sought());
    let height = move || height.get().filter(|_| !is_there.get());
    let shape = use_shape(open, messages, groups.neighbours(number), new_at);
    let lines = move || shape.with(|(lines, _)| lines.clone());
    let row = move |id| {
        let place = Signal::derive(move || shape.with(|(_, places)| places.get(&id).copied().unwrap_or_default()));
        let is_last_own = Signal::derive(move || last_own.get() == Some(id));
        view! { <MessageRow open id place is_last_own /> }.into_any()
    };
    let stays = move || groups.is_outer(number).then_some("");
    view! {
        <ol node_ref=node id=element_id class=LINES style:height=height data-stays=stays>
            <Show when=move || is_there.get()>
                <For each=lines key=|line| *line let(line)>
                    {match line {
                        Line::Day(_, at) => view! { <DayLine at /> }.into_any(),
                        Line::New => view! { <NewLine /> }.into_any(),
                        Line::Message(id) => row(id),
                    }}
                </For>
            </Show>
        </ol>
    }
}

/// What stands there before the first word.
#[component]
fn Silence(shown: Signal<Vec<MessageId>>, unsent_ids: Memo<Vec<String>>) -> impl IntoView {
    let is_silent = Memo::new(move |_| shown.with(Vec::is_empty) && unsent_ids.with(Vec::is_empty));
    view! {
        <Show when=move || is_silent.get()>
            <p class="py-4 text-center text-meta text-muted">"Nothing said yet"</p>
        </Show>
    }
}

#[component]
fn DayLine(at: Timestamp) -> impl IntoView {
    view! {
        <li class="py-3 text-center text-caption text-muted">
            <DayWords at />
        </li>
    }
}

#[component]
fn NewLine() -> impl IntoView {
    view! {
        <li
            id="new"
            class="flex items-center gap-3 pt-4 pb-1 text-caption text-accent-text before:h-px before:flex-1 before:bg-accent after:h-px after:flex-1 after:bg-accent"
        >
            "New"
        </li>
    }
}

/// The way to what was said before.
#[component]
fn Earlier(open: OpenThread, asked: Asked, ids: Signal<Vec<MessageId>>) -> impl IntoView {
    let tail = open.thread.tail();
    let href = move || {
        let oldest = ids.with(|ids| ids.first().and_then(|id| open.message(*id)).map_or(0, |message| message.seq));
        [&conversation_href(open.id), "?before=", &oldest.to_string()].concat()
    };
    let words = move || match tail.get() {
        Tail::Failed(why) => [&why, " Try again"].concat(),
        Tail::Loading => "Loading older messages…".to_owned(),
        _ => "Older messages".to_owned(),
    };
    view! {
        <Show when=move || tail.with(|tail| *tail != Tail::End)>
            <p class="pb-2 text-center">
                <a
                    href=href
                    class=button_class(ButtonKind::Text, ButtonSize::Small, false)
                    on:click=move |event| {
                        event.prevent_default();
                        open.thread.load_older();
                    }
                >
                    {words}
                </a>
            </p>
        </Show>
        {asked
            .before
            .map(|_| {
                view! {
                    <p class="pb-2 text-center">
                        <a href=conversation_href(open.id) class=button_class(ButtonKind::Text, ButtonSize::Small, false)>
                            "Newest messages"
                        </a>
                    </p>
                }
            })}
    }
}

/// Whether the end of the thread is in sight; given to the pill.
#[derive(Clone, Copy)]
struct AtEnd(RwSignal<bool>);

/// Opens at what is new, loads older pages ahead of the reader, and closes menus. The callback looks where one is.
fn use_end(open: OpenThread, new_at: Option<MessageId>, is_growing: Memo<bool>) -> Callback<()> {
    let at_end = RwSignal::new(true);
    provide_context(AtEnd(at_end));
    let look = Callback::new(move |()| {
        let Some(scroller) = open.scroller.get_untracked() else { return };
        // From the end, places above it are negative.
        let from_end = -scroller.scroll_top();
        let is_near = from_end <= NEAR_END;
        if at_end.get_untracked() != is_near {
            at_end.set(is_near);
        }
        let above = scroller.scroll_height() - scroller.client_height() - from_end;
        // The next page is asked for when the top of this one is near, which is not seen before it stands there.
        if above < AHEAD && !is_growing.get_untracked() && open.thread.tail().get_untracked() == Tail::More {
            open.thread.load_older();
        }
    });
    Effect::new(move |opened: Option<()>| {
        if open.scroller.get().is_some() && opened.is_none() && new_at.is_some() {
            show_new(open);
        }
    });
    // A page that came may not have filled the window.
    let (ids, tail) = (open.thread.messages(), open.thread.tail());
    Effect::new(move |_| {
        ids.track();
        tail.track();
        is_growing.track();
        request_animation_frame(move || {
            look.try_run(());
        });
    });
    Effect::new(move |_| {
        let press = window_event_listener(ev::pointerdown, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            close_menus(open.scroller, target);
        });
        let key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                close_menus(open.scroller, None);
            }
        });
        on_cleanup(move || {
            press.remove();
            key.remove();
        });
    });
    look
}

/// The "New" line comes to the upper part of the window, unless everything new is in sight at the end.
fn show_new(open: OpenThread) {
    request_animation_frame(move || {
        let (Some(scroller), Some(line)) = (open.scroller.get_untracked(), document().get_element_by_id("new")) else {
            return;
        };
        let above = line.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top();
        if above < 0.0 {
            line.scroll_into_view();
        }
    });
}

/// "5 new messages" over the end of the thread while one reads above.
#[component]
fn JumpPill(open: OpenThread) -> impl IntoView {
    let at_end = use_context::<AtEnd>().map_or_else(|| RwSignal::new(true), |at_end| at_end.0);
    let item = open.thread.conversation.item();
    let unread = Memo::new(move |_| item.with(|item| item.as_ref().map_or(0, |item| item.unread_count)));
    let words = move || match unread.get() {
        0 => "Newest messages".to_owned(),
        1 => "1 new message".to_owned(),
        count => [&count.to_string(), " new messages"].concat(),
    };
    view! {
        <Show when=move || !at_end.get()>
            <button
                type="button"
                class="absolute bottom-3.5 left-1/2 z-10 flex h-9 -translate-x-1/2 animate-fade items-center gap-2 rounded-pill bg-ink pr-4 pl-3 text-meta font-strong whitespace-nowrap text-ink-contrast shadow-3 hover:bg-ink-hover active:scale-[0.97] touch-area"
                on:click=move |_| open.to_end()
            >
                <Icon name=IconName::Down size=18 />
                {words}
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(id: u64, sender: u64, at: u64) -> Fact {
        Fact { id: MessageId::new(id), sender: UserId::new(sender), at: Timestamp::from_millis(at), is_note: false }
    }

    fn day(at: Timestamp) -> i64 {
        i64::try_from(at.as_millis() / 500).unwrap()
    }

    #[test]
    fn messages_run_together_by_sender_and_day() {
        let messages = vec![fact(1, 7, 10), fact(2, 7, 20), fact(3, 8, 30), fact(4, 8, 1_000)];
        let stretch = Stretch { messages, ..Stretch::default() };
        let (lines, places) = stretch.shape(Some(MessageId::new(3)), day);
        let place = |id| places[&MessageId::new(id)];
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[3], Line::New);
        assert_eq!(place(1), Place { first: true, last: false });
        assert_eq!(place(2), Place { first: false, last: true });
        assert_eq!(place(3), Place { first: true, last: true });
        assert_eq!(place(4), Place { first: true, last: true });
    }

    #[test]
    fn a_stretch_goes_on_where_the_one_before_ended() {
        let mut all = [7, 7, 7, 8, 8, 8, 8].map(|sender| fact(0, sender, 0));
        for (at, (fact, at_ms)) in all.iter_mut().zip([10, 20, 30, 40, 600, 610, 620]).enumerate() {
            (fact.id, fact.at) = (MessageId::new(at as u64 + 1), Timestamp::from_millis(at_ms));
        }
        all[5].is_note = true;
        let whole = Stretch { messages: all.to_vec(), ..Stretch::default() };
        let new_ats = [None].into_iter().chain(all.iter().map(|fact| Some(fact.id)));
        for (new_at, at) in new_ats.flat_map(|new_at| (0..=all.len()).map(move |at| (new_at, at))) {
            let (one, other) = all.split_at(at);
            let one_stretch = Stretch { before: None, messages: one.to_vec(), behind: other.first().copied() };
            let other_stretch = Stretch { before: one.last().copied(), messages: other.to_vec(), behind: None };
            let (one, other) = (one_stretch.shape(new_at, day), other_stretch.shape(new_at, day));
            let joined = ([one.0, other.0].concat(), one.1.into_iter().chain(other.1).collect());
            assert_eq!(joined, whole.shape(new_at, day), "cut at {at}, new at {new_at:?}");
        }
    }

    #[test]
    fn a_note_ends_a_run() {
        let mut messages = vec![fact(1, 7, 1), fact(2, 7, 2), fact(3, 7, 3)];
        messages[1].is_note = true;
        let (_, places) = Stretch { messages, ..Stretch::default() }.shape(None, |_| 0);
        assert!(places.values().all(|place| *place == Place { first: true, last: true }));
    }
}
