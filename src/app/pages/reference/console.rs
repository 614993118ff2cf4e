//! The console: connects, sends commands and shows what comes, in the reader's own browser.

use gloo_net::http::Method;
use leptos::{prelude::*, task::spawn_local};

use super::{CODE, Head, PROSE};
use crate::{
    api::reference::everything_live,
    app::components::{
        button::{Button, ButtonKind},
        select::Select,
    },
    client::{
        http,
        line::{Happened, Line},
    },
    protocol::{
        commands::ClientCommand,
        events::CloseCode,
        reference::FrameInfo,
        requests::{TestNotification, TestNotified},
    },
};

/// Lines that are kept: the oldest give way.
const KEPT_MAX: usize = 500;
const INPUT: &str =
    "h-11 w-full min-w-0 rounded-field border border-border-strong bg-surface px-3.5 text-body text-text medium:h-10";
/// The sockets one can choose: the name in the list, and the path. One conversation is named beside it.
const PLACES: [(&str, &str); 6] = [
    ("native", "/ws"),
    ("notifications", "/ws/notifications"),
    ("feed", "/ws/feed"),
    ("online", "/ws/online"),
    ("connections", "/ws/connections"),
    ("messages", "/ws/messages/"),
];

/// How the line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Idle,
    Opening,
    Open,
    Closed(u16),
}

impl Standing {
    fn words(self) -> String {
        match self {
            Self::Idle => "Not connected".to_owned(),
            Self::Opening => "Connecting".to_owned(),
            Self::Open => "Connected".to_owned(),
            Self::Closed(code) => match CloseCode::from_u16(code) {
                Some(known) => format!("Closed with {code}: {}", known.words()),
                None => format!("Closed with {code}"),
            },
        }
    }
}

/// Something that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    number: u64,
    at: String,
    sent: bool,
    kind: String,
    text: String,
}

/// All that the console remembers.
#[derive(Clone, Copy)]
struct Console {
    standing: RwSignal<Standing>,
    place: RwSignal<String>,
    conversation: RwSignal<String>,
    token: RwSignal<String>,
    text: RwSignal<String>,
    fault: RwSignal<Option<String>>,
    entries: RwSignal<Vec<Entry>>,
    count: RwSignal<u64>,
    filter: RwSignal<String>,
    paused: RwSignal<bool>,
    line: StoredValue<Option<Line>>,
}

impl Console {
    fn new() -> Self {
        Self {
            standing: RwSignal::default(),
            place: RwSignal::new("native".to_owned()),
            conversation: RwSignal::default(),
            token: RwSignal::default(),
            text: RwSignal::new("{\n  \"type\": \"ping\"\n}".to_owned()),
            fault: RwSignal::default(),
            entries: RwSignal::default(),
            count: RwSignal::default(),
            filter: RwSignal::default(),
            paused: RwSignal::default(),
            line: StoredValue::new(None),
        }
    }

    /// The path of the chosen socket, with the token where there is one.
    fn path(self) -> Option<String> {
        let place = self.place.get_untracked();
        let (_, path) = PLACES.into_iter().find(|(name, _)| *name == place)?;
        let conversation = self.conversation.get_untracked().trim().to_owned();
        let path = if place == "messages" { format!("{path}{conversation}") } else { path.to_owned() };
        let token: String =
            self.token.get_untracked().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.~".contains(*c)).collect();
        // Tickets have neither the parts of an access token nor the beginning of one's own.
        let name = if token.contains('.') || token.starts_with("hub_") { "token" } else { "ticket" };
        Some(if token.is_empty() { path } else { format!("{path}?{name}={token}") })
    }

    fn connect(self) {
        let Some(path) = self.path() else { return };
        self.standing.set(Standing::Opening);
        let line = Line::open(&path, move |happened| self.take(happened));
        self.line.set_value(Some(line));
    }

    fn disconnect(self) {
        self.line.set_value(None);
        self.standing.set(Standing::Idle);
    }

    fn take(self, happened: Happened) {
        // The page may be gone by now.
        let _ = match happened {
            Happened::Opened => self.standing.try_set(Standing::Open),
            Happened::Closed(code) => self.standing.try_set(Standing::Closed(code)),
            Happened::Came(text) => {
                self.note(text, false);
                None
            }
        };
    }

    /// Writes down what came or went, unless that is paused.
    fn note(self, text: String, sent: bool) {
        if self.paused.try_get_untracked() != Some(false) {
            return;
        }
        let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let kind = value.as_ref().and_then(|value| value.get("type")?.as_str().map(str::to_owned));
        let text = value.map_or(text, |value| format!("{value:#}"));
        self.count.update(|count| *count += 1);
        let entry =
            Entry { number: self.count.get_untracked(), at: clock(), sent, kind: kind.unwrap_or_default(), text };
        self.entries.update(|entries| {
            entries.insert(0, entry);
            entries.truncate(KEPT_MAX);
        });
    }

    /// Sends what is written, if it can be read.
    fn send(self) {
        let text = self.text.get_untracked();
        match fault_of(&text, &self.place.get_untracked()) {
            Some(fault) => self.fault.set(Some(fault)),
            None => {
                self.fault.set(None);
                let text = serde_json::from_str::<serde_json::Value>(&text).map_or(text, |value| value.to_string());
                let said = self.line.try_update_value(|line| line.as_mut().is_some_and(|line| line.say(text.clone())));
                match said {
                    Some(true) => self.note(text, true),
                    _ => self.fault.set(Some("Connect first.".to_owned())),
                }
            }
        }
    }

    fn test_notification(self) {
        spawn_local(async move {
            let form = TestNotification { message: "Hello from the console".to_owned() };
            let sent = http::send::<_, TestNotified>(Method::POST, "/api/ws/test-notification", &form).await;
            let _ = self.fault.try_set(sent.err().map(|error| error.message));
        });
    }
}

/// What is wrong with a text, if anything is: of the native dialect all that the server would say, else whether it is JSON.
fn fault_of(text: &str, place: &str) -> Option<String> {
    if place != "native" {
        let plain = text.trim() == "ping";
        return serde_json::from_str::<serde_json::Value>(text).err().filter(|_| !plain).map(|fault| fault.to_string());
    }
    serde_json::from_str::<ClientCommand>(text).err().map(|fault| fault.to_string())
}

/// The time of day in UTC, to the millisecond.
fn clock() -> String {
    let now = String::from(js_sys::Date::new_0().to_iso_string());
    now.split('T').nth(1).map(|time| time.trim_end_matches('Z').to_owned()).unwrap_or_default()
}

/// The page.
#[component]
pub fn ConsolePage() -> impl IntoView {
    let console = Console::new();
    // What is connected ends with the page.
    on_cleanup(move || drop(console.line.try_set_value(None)));
    view! {
        <Head name="Console" />
        <div class="grid gap-6 px-4 py-5 medium:px-5">
            <p class=PROSE>
                "Opens a socket of its own beside the one this page lives by. Without a token it is you, by your cookie. It needs JavaScript."
            </p>
            <Connecting console />
            <Sending console />
        </div>
        <Log console />
    }
}

/// A labelled line of text.
#[component]
fn TextLine(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] kind: Option<&'static str>,
) -> impl IntoView {
    view! {
        <label class="grid min-w-0 flex-1 basis-48 gap-1.5" for=id>
            <span class="text-meta font-strong">{label}</span>
            <input
                id=id
                class=INPUT
                type=kind.unwrap_or("text")
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
}

#[component]
fn Connecting(console: Console) -> impl IntoView {
    let options = PLACES.map(|(name, path)| (name.to_owned(), format!("{name} ({path})"))).to_vec();
    let is_open = move || matches!(console.standing.get(), Standing::Open | Standing::Opening);
    let of_one = move || console.place.with(|place| place == "messages");
    let choose = Callback::new(move |place: String| console.place.set(place));
    view! {
        <section aria-labelledby="connect" class="grid gap-4">
            <h2 id="connect" class="text-heading">
                "Connect"
            </h2>
            <div class="flex flex-wrap items-end gap-3">
                <div class="grid flex-1 basis-48 gap-1.5">
                    <span class="text-meta font-strong" aria-hidden="true">
                        "Socket"
                    </span>
                    <Select name="dialect" label="Socket" options chosen="native" small=true on_choose=choose />
                </div>
                <Show when=of_one>
                    <TextLine id="conversation" label="Conversation" value=console.conversation />
                </Show>
                <TextLine id="token" label="Token or ticket (optional)" value=console.token kind="password" />
                // As wide for either word, so that nothing moves.
                <div class="grid w-32">
                    <Button
                        kind=ButtonKind::Ink
                        attr:id="line"
                        wide=true
                        on:click=move |_| if is_open() { console.disconnect() } else { console.connect() }
                    >
                        {move || if is_open() { "Disconnect" } else { "Connect" }}
                    </Button>
                </div>
            </div>
            <p role="status" class="text-meta text-muted" data-line=move || is_open().then_some("open")>
                {move || console.standing.get().words()}
            </p>
        </section>
    }
}

#[component]
fn Sending(console: Console) -> impl IntoView {
    let reference = Resource::new(|| (), |()| everything_live());
    let templates = move || {
        Suspend::new(async move {
            let commands = reference.await.map(|reference| reference.commands).unwrap_or_default();
            view! { <Templates console commands /> }
        })
    };
    view! {
        <section aria-labelledby="send" class="grid gap-4">
            <h2 id="send" class="text-heading">
                "Send"
            </h2>
            <Transition fallback=|| ()>{templates}</Transition>
            <label class="grid gap-1.5" for="frame">
                <span class="text-meta font-strong">"Command, as JSON"</span>
                <textarea
                    id="frame"
                    rows="6"
                    spellcheck="false"
                    class="field-sizing-content max-h-96 min-h-32 w-full rounded-field border border-border-strong bg-surface px-3.5 py-2.5 font-mono text-meta text-text aria-invalid:border-danger"
                    aria-invalid=move || console.fault.with(Option::is_some).then_some("true")
                    aria-describedby="fault"
                    prop:value=console.text
                    on:input=move |event| {
                        console.text.set(event_target_value(&event));
                        console.fault.set(None);
                    }
                ></textarea>
            </label>
            <p id="fault" role="alert" class="text-meta text-danger empty:hidden">
                {move || console.fault.get()}
            </p>
            <div class="flex flex-wrap gap-2">
                <Button kind=ButtonKind::Accent on:click=move |_| console.send()>
                    "Send"
                </Button>
                <Button kind=ButtonKind::Outline on:click=move |_| console.test_notification()>
                    "Test notification"
                </Button>
            </div>
        </section>
    }
}

/// The commands, to begin from.
#[component]
fn Templates(console: Console, commands: Vec<FrameInfo>) -> impl IntoView {
    let options = commands.iter().map(|command| (command.kind.clone(), command.kind.clone())).collect();
    let choose = Callback::new(move |kind: String| {
        if let Some(command) = commands.iter().find(|command| command.kind == kind) {
            console.text.set(command.example.clone());
            console.fault.set(None);
        }
    });
    view! {
        <div class="grid max-w-80 gap-1.5">
            <span class="text-meta font-strong" aria-hidden="true">
                "Begin from"
            </span>
            <Select name="template" label="Begin from" options chosen="ping" small=true on_choose=choose />
        </div>
    }
}

#[component]
fn Log(console: Console) -> impl IntoView {
    let shown = move || {
        let filter = console.filter.get().trim().to_lowercase();
        let fits = |entry: &Entry| filter.is_empty() || entry.text.to_lowercase().contains(&filter);
        console.entries.with(|entries| entries.iter().filter(|entry| fits(entry)).cloned().collect::<Vec<Entry>>())
    };
    let pressed = move || if console.paused.get() { "true" } else { "false" };
    view! {
        <section aria-labelledby="log" class="border-t border-border px-4 py-5 medium:px-5">
            <h2 id="log" class="pb-3 text-heading">
                "What comes"
            </h2>
            <div class="flex flex-wrap items-end gap-2">
                <TextLine id="filter" label="Only what contains" value=console.filter kind="search" />
                <Button
                    kind=ButtonKind::Outline
                    attr:aria-pressed=pressed
                    on:click=move |_| console.paused.update(|paused| *paused = !*paused)
                >
                    "Pause"
                </Button>
                <Button kind=ButtonKind::Outline on:click=move |_| console.entries.set(Vec::new())>
                    "Clear"
                </Button>
            </div>
            <ul class="divide-y divide-border pt-3" aria-label="Frames, newest first">
                <For each=shown key=|entry| entry.number let:entry>
                    <Frame entry />
                </For>
            </ul>
            <Show when=move || console.entries.with(Vec::is_empty)>
                <p class="py-6 text-muted">"Nothing came yet."</p>
            </Show>
        </section>
    }
}

#[component]
fn Frame(entry: Entry) -> impl IntoView {
    let way = if entry.sent { "sent" } else { "came" };
    view! {
        <li>
            <details>
                <summary class="-mx-2 flex cursor-pointer flex-wrap items-baseline gap-x-3 rounded-field px-2 py-2 hover:bg-hover">
                    <span class="font-mono text-small text-muted">{entry.at}</span>
                    <span class="text-small text-muted">{way}</span>
                    <code class=format!("{CODE} font-strong")>{entry.kind}</code>
                </summary>
                <pre tabindex="0" class="my-2 overflow-x-auto rounded-field bg-sunken p-3.5 font-mono text-small">
                    {entry.text}
                </pre>
            </details>
        </li>
    }
}
