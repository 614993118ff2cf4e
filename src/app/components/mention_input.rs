//! A text box that grows, sends on Ctrl or Cmd and Enter, and completes `@names` from a list below it.
//!
//! The list follows the pattern of a text box with a list of suggestions: focus stays in the box, arrows move in the
//! list, Enter or Tab take the marked name, Esc closes. How many were found is said aloud.

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    avatar::{Avatar, AvatarSize},
    page_title::raw_text,
};
use crate::{api::people::search_people, protocol::views::PersonItem};

/// After the last letter before the server is asked.
const PAUSE: Duration = Duration::from_millis(120);
/// Names in the list.
const SHOWN: usize = 6;

/// An `@` and the letters after it, before the caret. Places are bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unfinished {
    start: usize,
    end: usize,
    letters: String,
}

/// The list as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Suggestions {
    people: Vec<PersonItem>,
    marked: usize,
}

/// The text box.
#[component]
pub fn MentionInput(
    /// Unique on the page; the list's ids derive from it.
    #[prop(into)]
    id: String,
    /// Read aloud.
    #[prop(into)]
    label: String,
    /// Shown while empty.
    placeholder: &'static str,
    /// What is typed.
    text: RwSignal<String>,
    /// What the server renders into the box: what was typed before a form was refused.
    #[prop(optional, into)]
    typed: String,
    /// Lines at first.
    #[prop(default = 1)]
    rows: u32,
    /// Ctrl or Cmd and Enter; Enter alone where `enter_sends`.
    on_send: Callback<()>,
    /// Enter sends, and Shift and Enter begin a new line: in conversations.
    #[prop(optional)]
    enter_sends: bool,
    /// The list of people opens upwards.
    #[prop(optional)]
    up: bool,
    /// Hears of the keys that the box itself has no use for.
    #[prop(optional, into)]
    on_key: Option<Callback<ev::KeyboardEvent>>,
    /// What describes a fault, when there is one.
    #[prop(optional, into)]
    fault_id: MaybeProp<String>,
    /// The box itself, to focus it.
    #[prop(optional)]
    node: NodeRef<html::Textarea>,
    /// More classes.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    let found = RwSignal::new(Suggestions::default());
    let unfinished = RwSignal::new(None::<Unfinished>);
    let list_id = StoredValue::new([id.as_str(), "-names"].concat());
    let is_open = Memo::new(move |_| found.with(|found| !found.people.is_empty()));
    let close = move || {
        unfinished.set(None);
        found.set(Suggestions::default());
    };
    keep_in_step(node, text);
    let look = look_up(node, unfinished, found);
    let take = move |at: usize| {
        let username = found.with_untracked(|found| found.people.get(at).map(|item| item.person.username.clone()));
        if let (Some(place), Some(username)) = (unfinished.get_untracked(), username) {
            insert(node, text, &place, &username);
        }
        close();
    };
    let step = move |by: usize| {
        found.update(|found| found.marked = (found.marked + by) % found.people.len().max(1));
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let key = event.key();
        if key == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            close();
            on_send.run(());
            return;
        }
        if !is_open.get_untracked() {
            if key == "Enter" && enter_sends && !event.shift_key() && !is_touch() {
                event.prevent_default();
                on_send.run(());
            } else if let Some(listener) = on_key {
                listener.run(event);
            }
            return;
        }
        match key.as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(found.with_untracked(|found| found.people.len().saturating_sub(1))),
            "Enter" | "Tab" => take(found.with_untracked(|found| found.marked)),
            "Escape" => {
                close();
                event.stop_propagation();
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="relative min-w-0 flex-1">
            <textarea
                node_ref=node
                id=id
                name="content"
                rows=rows
                placeholder=placeholder
                aria-label=label
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=move || is_open.get().then(|| list_id.get_value())
                aria-activedescendant=move || is_open.get().then(|| option_id(list_id, found.with(|found| found.marked)))
                aria-invalid=move || fault_id.get().map(|_| "true")
                aria-describedby=move || fault_id.get()
                class=format!(
                    "block field-sizing-content max-h-[50dvh] w-full resize-none bg-transparent outline-none {class}",
                )
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    look();
                }
                on:keydown=on_key
                on:blur=move |_| close()
            >
                {raw_text(&typed)}
            </textarea>
            <p class="sr-only" role="status">
                {move || match found.with(|found| found.people.len()) {
                    0 => String::new(),
                    1 => "1 name, Enter takes it".to_owned(),
                    count => [&count.to_string(), " names, arrows choose, Enter takes one"].concat(),
                }}
            </p>
            <Show when=move || is_open.get()>
                <Names found list_id take=Callback::new(take) up />
            </Show>
        </div>
    }
}

/// The people to choose from, under the box.
#[component]
fn Names(
    /// Who they are, and which one is marked.
    found: RwSignal<Suggestions>,
    /// The list's id; its options' ids begin with it.
    list_id: StoredValue<String>,
    /// Takes the one at this place.
    take: Callback<usize>,
    /// Above the box.
    up: bool,
) -> impl IntoView {
    let place = if up { "bottom-full mb-3" } else { "top-full mt-1" };
    view! {
        <ul
            role="listbox"
            aria-label="People"
            id=list_id.get_value()
            class=format!(
                "absolute left-0 z-30 grid w-72 max-w-full animate-panel gap-0.5 rounded-card bg-raised p-1.5 shadow-3 {place}",
            )
        >
            {move || {
                let Suggestions { people, marked } = found.get();
                people
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| {
                        view! {
                            <li
                                role="option"
                                id=option_id(list_id, at)
                                aria-selected=if at == marked { "true" } else { "false" }
                                class="flex cursor-pointer items-center gap-3 rounded-field px-2.5 py-2 hover:bg-sunken aria-selected:bg-sunken"
                                // The press must not take focus from the box.
                                on:mousedown=move |event| {
                                    event.prevent_default();
                                    take.run(at);
                                }
                            >
                                <Avatar person=item.person.clone() size=AvatarSize::S32 />
                                <span class="grid min-w-0">
                                    <span class="truncate text-meta font-strong">{item.person.full_name}</span>
                                    <span class="truncate text-small text-muted">
                                        "@" {item.person.username}
                                    </span>
                                </span>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
    }
}

/// Where one writes with a finger, Enter begins a new line: there is a button to send.
fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// The id of the option at this place.
fn option_id(list: StoredValue<String>, at: usize) -> String {
    list.with_value(|list| [list.as_str(), "-", &at.to_string()].concat())
}

/// Shows in the box what the text becomes. What was typed into it before the page woke is the text from then on: binding
/// the box's value would wipe it out.
fn keep_in_step(node: NodeRef<html::Textarea>, text: RwSignal<String>) {
    Effect::new(move |woken: Option<bool>| {
        let Some(area) = node.get() else { return false };
        let (wanted, shown) = (text.get(), area.value());
        if wanted == shown {
            return true;
        }
        if woken != Some(true) && !shown.is_empty() {
            text.set(shown);
        } else {
            area.set_value(&wanted);
        }
        true
    });
}

/// Looks for an unfinished name at the caret and asks for people, once typing pauses.
fn look_up(
    node: NodeRef<html::Textarea>,
    unfinished: RwSignal<Option<Unfinished>>,
    found: RwSignal<Suggestions>,
) -> impl Fn() + Copy + Send + Sync + 'static {
    let asked = StoredValue::new(0_u64);
    move || {
        let here = node.get_untracked().and_then(|area| {
            let caret = area.selection_end().ok().flatten()?;
            unfinished_name(&area.value(), usize::try_from(caret).ok()?)
        });
        unfinished.set(here.clone());
        let turn = asked.get_value().wrapping_add(1);
        asked.set_value(turn);
        let Some(Unfinished { letters, .. }) = here else {
            found.set(Suggestions::default());
            return;
        };
        set_timeout(
            move || {
                // Typing went on, or the page is gone.
                if asked.try_get_value() != Some(turn) {
                    return;
                }
                spawn_local(async move {
                    let people = search_people(letters, None, Some(SHOWN)).await.map(|page| page.items);
                    if asked.try_get_value() == Some(turn) && unfinished.with_untracked(Option::is_some) {
                        // Suggestions are a courtesy: when they fail, one types the name.
                        found.set(Suggestions { people: people.unwrap_or_default(), marked: 0 });
                    }
                });
            },
            PAUSE,
        );
    }
}

/// Puts the whole name in place of what was typed of it, and the caret behind.
fn insert(node: NodeRef<html::Textarea>, text: RwSignal<String>, place: &Unfinished, username: &str) {
    let Some(area) = node.get_untracked() else { return };
    let written = area.value();
    let (Some(before), Some(after)) = (written.get(..place.start), written.get(place.end..)) else { return };
    let head = [before, "@", username, " "].concat();
    let caret = u32::try_from(head.encode_utf16().count()).unwrap_or(u32::MAX);
    text.set([&head, after.strip_prefix(' ').unwrap_or(after)].concat());
    area.set_value(&text.get_untracked());
    // Only a detached box refuses; then there is no caret to move.
    let _ = area.set_selection_range(caret, caret);
}

/// The `@` and letters that end at the caret, given in UTF-16 units as browsers count.
fn unfinished_name(text: &str, caret: usize) -> Option<Unfinished> {
    let mut units = 0;
    let end = text
        .char_indices()
        .find_map(|(at, c)| {
            let here = units;
            units += c.len_utf16();
            (here >= caret).then_some(at)
        })
        .unwrap_or(text.len());
    let before = text.get(..end)?;
    let start = before.rfind('@')?;
    let letters = before.get(start + 1..)?;
    let begins = before.get(..start)?.chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let is_name = letters.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    (begins && is_name && !letters.is_empty()).then(|| Unfinished { start, end, letters: letters.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str, caret: usize) -> Option<String> {
        unfinished_name(text, caret).map(|found| found.letters)
    }

    #[test]
    fn a_name_is_unfinished_where_the_caret_stands() {
        assert_eq!(letters("Hi @an", 6).as_deref(), Some("an"));
        assert_eq!(letters("Hi @ana, see", 6).as_deref(), Some("an"));
        assert_eq!(letters("🏺 @d", 5).as_deref(), Some("d"));
    }

    #[test]
    fn what_is_no_name_asks_nobody() {
        for (text, caret) in [("ana@example", 11), ("@ana done", 9), ("@", 1), ("plain", 5)] {
            assert_eq!(letters(text, caret), None, "{text}");
        }
    }
}
