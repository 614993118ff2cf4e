//! Looking after people: who may do what, and who is kept out. For moderators, admins and the owner.

use leptos::{ev, form::ActionForm, html, prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::{
    api::admin::{ChangeRole, LiftSuspension, Suspend as SuspendPerson, managed_people},
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonLink, ButtonSize},
            empty::{EmptyState, ErrorState},
            form::{FormNotice, FormState},
            icon::IconName,
            menu::use_closing,
            page_title::PageTitle,
            role_name::role_name,
            select::Arrow,
            shell::page_header::PageHeader,
            skeleton::PersonSkeleton,
            time::Day,
        },
        facts::use_viewer,
        profile_href,
        status::set_page_error,
    },
    protocol::{
        errors::ApiError,
        ids::UserId,
        limits::SUSPENSION_REASON_MAX_CHARS,
        views::{ManagedPerson, Page, Role, Suspension},
    },
};

/// Days to choose from; 0 is for good.
const LENGTHS: [(u32, &str); 5] = [(1, "1 day"), (7, "7 days"), (30, "30 days"), (365, "1 year"), (0, "For good")];

/// What is looked for, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    query: String,
    role: Option<Role>,
    suspended: Option<bool>,
    after: Option<String>,
}

impl Asked {
    fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let role = get("role").and_then(|name| Role::ALL.into_iter().find(|role| role.as_str() == name));
        let suspended = get("suspended").and_then(|said| said.parse().ok());
        Self { query: get("q").unwrap_or_default(), role, suspended, after: get("after") }
    }
}

/// `/admin/people?q=&role=&suspended=`.
#[component]
pub fn AdminPeoplePage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| Asked::of(|name| query.get(name))));
    let changes = RwSignal::new(0_u32);
    let people = Resource::new_blocking(
        move || (asked.get(), changes.get()),
        |(asked, _)| managed_people(asked.query, asked.role, asked.suspended, asked.after),
    );
    let retry = Callback::new(move |()| people.refetch());
    view! {
        <PageTitle text="People" />
        <PageHeader title="People" back="/settings" />
        {may_look().then(|| view! { <SearchForm asked=asked.get_untracked() /> })}
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match people.await {
                    Ok(page) if page.items.is_empty() => {
                        view! { <EmptyState icon=IconName::People title="Nobody fits" text="Look for something else." /> }
                            .into_any()
                    }
                    Ok(page) => view! { <Listed page asked=asked.get_untracked() changes /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The list did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// Who may not see the list is not offered to look through it.
fn may_look() -> bool {
    use_viewer().get_untracked().is_some_and(|me| me.profile.role.is_staff())
}

const FIELD: &str = "h-11.5 w-full rounded-field border border-border-strong bg-surface px-3.5 text-lead font-normal";
const SELECT: &str =
    "w-full cursor-pointer appearance-none rounded-field border border-border-strong bg-surface pr-9 pl-3.5";

#[component]
fn SearchForm(asked: Asked) -> impl IntoView {
    let chosen = move |role: Option<Role>| asked.role == role;
    let kept_out = asked.suspended == Some(true);
    view! {
        <form
            role="search"
            aria-label="People"
            method="get"
            action="/admin/people"
            class="flex flex-wrap items-end gap-3 border-b border-border px-4 py-3 medium:px-5"
        >
            <label class="grid min-w-40 flex-1 gap-1 text-meta font-medium">
                "Name"
                <input type="search" name="q" value=asked.query.clone() class=FIELD />
            </label>
            <label class="grid gap-1 text-meta font-medium">
                "Role"
                <Arrow>
                    <select name="role" class=format!("{SELECT} h-11.5 text-lead font-normal")>
                        <option value="" selected=chosen(None)>
                            "All"
                        </option>
                        {Role::ALL
                            .into_iter()
                            .map(|role| {
                                view! {
                                    <option value=role.as_str() selected=chosen(Some(role))>
                                        {role_name(role)}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </Arrow>
            </label>
            <label class="flex h-11.5 items-center gap-2 text-meta font-medium">
                <input type="checkbox" name="suspended" value="true" checked=kept_out class="size-5 accent-[currentColor]" />
                "Suspended only"
            </label>
            <div class="grid h-11.5 place-items-center">
                <Button submits=true>"Search"</Button>
            </div>
        </form>
    }
}

#[component]
fn Listed(page: Page<ManagedPerson>, asked: Asked, changes: RwSignal<u32>) -> impl IntoView {
    let escape = leptos_router::location::Url::escape;
    let more = page.next.map(|after| {
        let role = asked.role.map_or("", Role::as_str);
        let suspended = asked.suspended.map_or("", |suspended| if suspended { "true" } else { "false" });
        let parts = ["/admin/people?q=", &escape(&asked.query), "&role=", role, "&suspended=", suspended, "&after="];
        [parts.concat(), escape(&after)].concat()
    });
    view! {
        <ul aria-label="People" class="divide-y divide-border">
            {page.items.into_iter().map(|managed| view! { <Row managed changes /> }).collect_view()}
        </ul>
        {more
            .map(|href| {
                view! {
                    <div class="grid place-items-center py-6">
                        <ButtonLink href kind=ButtonKind::Quiet>
                            "Show more"
                        </ButtonLink>
                    </div>
                }
            })}
    }
}

#[component]
fn Row(managed: ManagedPerson, changes: RwSignal<u32>) -> impl IntoView {
    let ManagedPerson { person, role, joined_at, suspension } = managed;
    let mine = use_viewer().get_untracked().map_or(Role::Member, |me| me.profile.role);
    let roles: Vec<Role> = mine.may_give(role).collect();
    let hands_over = mine == Role::Owner && role != Role::Owner && suspension.is_none();
    let (id, name) = (person.id, person.full_name.clone());
    view! {
        <li class="grid gap-3 px-4 py-4 medium:px-5">
            <div class="flex items-center gap-3">
                <Avatar person=person.clone() size=AvatarSize::S44 />
                <div class="min-w-0 flex-1">
                    <a href=profile_href(&person.username) class="block truncate font-strong hover:underline">
                        {person.full_name}
                    </a>
                    <p class="truncate text-meta text-muted">
                        "@" {person.username} " · " {role_name(role)} " · joined " <Day at=joined_at />
                    </p>
                </div>
            </div>
            {suspension
                .clone()
                .map(|suspension| view! { <KeptOut id suspension may_lift=mine.may_suspend(role) changes /> })}
            <div class="relative flex flex-wrap items-start gap-2 medium:pl-14">
                {(!roles.is_empty()).then(|| view! { <RoleForm id name=name.clone() roles changes /> })}
                {(mine.may_suspend(role) && suspension.is_none())
                    .then(|| view! { <SuspendForm id name=name.clone() changes /> })}
                {hands_over.then(|| view! { <HandOver id name changes /> })}
            </div>
        </li>
    }
}

/// Counts a change that was carried out, so that the list is read again.
fn count_when_done<F, Out>(action: ServerAction<F>, changes: RwSignal<u32>)
where
    F: ServerFn<Output = Out, Error = ApiError> + Clone + Send + Sync + 'static,
    Out: Clone + Send + Sync + 'static,
{
    Effect::new(move |_| {
        if action.value().with(|answer| matches!(answer, Some(Ok(_)))) {
            changes.update(|changes| *changes += 1);
        }
    });
}

/// Why somebody is kept out and how long, and the way back.
#[component]
fn KeptOut(id: UserId, suspension: Suspension, may_lift: bool, changes: RwSignal<u32>) -> impl IntoView {
    let lift = ServerAction::<LiftSuspension>::new();
    count_when_done(lift, changes);
    let form = FormState::keyed(lift, "user_id", &id.get().to_string());
    let by = suspension.by.map(|person| [" by ", &person.full_name].concat());
    view! {
        <div class="flex flex-wrap items-center gap-3 rounded-field bg-danger-soft px-3.5 py-3 text-meta">
            <p class="min-w-40 flex-1">
                <strong class="font-strong">"Suspended"</strong>
                {match suspension.until {
                    Some(until) => view! { " until " <Day at=until /> }.into_any(),
                    None => " for good".into_any(),
                }}
                {by} ": " {suspension.reason}
            </p>
            <FormNotice form />
            {may_lift
                .then(|| {
                    view! {
                        <ActionForm action=lift>
                            <input type="hidden" name="user_id" value=id.get().to_string() />
                            <Button kind=ButtonKind::Ink size=ButtonSize::Small submits=true busy=form.pending()>
                                "Lift suspension"
                            </Button>
                        </ActionForm>
                    }
                })}
        </div>
    }
}

#[component]
fn RoleForm(id: UserId, name: String, roles: Vec<Role>, changes: RwSignal<u32>) -> impl IntoView {
    let change = ServerAction::<ChangeRole>::new();
    count_when_done(change, changes);
    let form = FormState::keyed(change, "user_id", &id.get().to_string());
    view! {
        <ActionForm action=change attr:class="flex basis-full flex-wrap items-center gap-2 medium:basis-auto">
            <input type="hidden" name="user_id" value=id.get().to_string() />
            <Arrow>
                <select
                    name="role"
                    aria-label=["New role of ", &name].concat()
                    class=format!("{SELECT} h-8 text-meta")
                    required=true
                >
                    <option value="" selected=true disabled=true>
                        "New role"
                    </option>
                    {roles
                        .into_iter()
                        .map(|role| view! { <option value=role.as_str()>{role_name(role)}</option> })
                        .collect_view()}
                </select>
            </Arrow>
            <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true busy=form.pending()>
                "Change role"
            </Button>
            <FormNotice form />
        </ActionForm>
    }
}

/// What is wrong with a field.
#[component]
fn Fault(form: FormState, field: &'static str) -> impl IntoView {
    let fault = form.fault(field);
    move || fault.get().map(|fault| view! { <p role="alert" class="text-meta text-danger">{fault}</p> })
}

const SUMMARY: &str = "inline-flex h-8 cursor-pointer list-none items-center rounded-pill border border-border-strong px-3.5 text-meta font-strong hover:bg-hover touch-area [&::-webkit-details-marker]:hidden";

/// What asks before it is done: unfolds over the rows below, so that nothing moves; one at a time on the whole page.
#[component]
fn Deed(
    /// What to press.
    words: &'static str,
    /// The same, with whom it concerns.
    label: String,
    node: NodeRef<html::Details>,
    close: Callback<bool>,
    children: Children,
) -> impl IntoView {
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close.run(true);
        }
    };
    view! {
        <details name="deed" node_ref=node on:keydown=on_key>
            <summary class=SUMMARY aria-label=label>
                {words}
            </summary>
            // At the end of the list it is not to end behind the bar at the bottom.
            <div class="pointer-events-none absolute top-full right-0 left-0 z-10 max-w-105 pt-2 pb-[calc(var(--bottom-bar)+12px)] medium:left-14">
                <div class="pointer-events-auto animate-panel rounded-card bg-raised p-4 shadow-3">{children()}</div>
            </div>
        </details>
    }
}

/// The way back from a [`Deed`].
#[component]
fn Cancel(close: Callback<bool>) -> impl IntoView {
    view! {
        <Button kind=ButtonKind::Quiet on:click=move |_| close.run(true)>
            "Cancel"
        </Button>
    }
}

#[component]
fn SuspendForm(id: UserId, name: String, changes: RwSignal<u32>) -> impl IntoView {
    let suspend = ServerAction::<SuspendPerson>::new();
    count_when_done(suspend, changes);
    let node = NodeRef::<html::Details>::new();
    let close = use_closing(node);
    let form = FormState::keyed(suspend, "user_id", &id.get().to_string());
    view! {
        <Deed words="Suspend…" label=["Suspend ", &name].concat() node close>
            <ActionForm action=suspend attr:class="grid gap-3" attr:novalidate=true>
                <input type="hidden" name="user_id" value=id.get().to_string() />
                <label class="grid gap-1 text-meta font-medium">
                    "Reason"
                    <textarea
                        name="reason"
                        rows=3
                        maxlength=SUSPENSION_REASON_MAX_CHARS.to_string()
                        class="rounded-field border border-border-strong bg-surface px-3 py-2 text-body font-normal"
                    ></textarea>
                    <span class="text-small font-normal text-muted">"They are told this when they try to sign in."</span>
                </label>
                <Fault form field="reason" />
                <label class="grid gap-1 text-meta font-medium">
                    "For how long"
                    <Arrow>
                        <select name="days" class=format!("{SELECT} h-11.5 text-lead font-normal")>
                            {LENGTHS
                                .into_iter()
                                .map(|(days, words)| {
                                    view! {
                                        <option value=days.to_string() selected=days == 7>
                                            {words}
                                        </option>
                                    }
                                })
                                .collect_view()}
                        </select>
                    </Arrow>
                </label>
                <FormNotice form />
                <div class="flex flex-wrap gap-2">
                    <Button kind=ButtonKind::Danger submits=true busy=form.pending()>
                        {["Suspend ", &name].concat()}
                    </Button>
                    <span class="needs-script">
                        <Cancel close />
                    </span>
                </div>
            </ActionForm>
        </Deed>
    }
}

#[component]
fn HandOver(id: UserId, name: String, changes: RwSignal<u32>) -> impl IntoView {
    let change = ServerAction::<ChangeRole>::new();
    count_when_done(change, changes);
    let node = NodeRef::<html::Details>::new();
    let close = use_closing(node);
    let form = FormState::keyed(change, "hand_over", &id.get().to_string());
    view! {
        <Deed words="Hand over…" label=["Hand the community over to ", &name].concat() node close>
            <ActionForm action=change attr:class="grid gap-3" attr:novalidate=true>
                <p class="text-meta text-muted">
                    {[&name, " will own the community, and you will be an admin. Only they can take this back."].concat()}
                </p>
                <input type="hidden" name="user_id" value=id.get().to_string() />
                <input type="hidden" name="hand_over" value=id.get().to_string() />
                <input type="hidden" name="role" value="owner" />
                <label class="grid gap-1 text-meta font-medium">
                    "Your password"
                    <input
                        type="password"
                        name="password"
                        autocomplete="current-password"
                        class=FIELD
                    />
                </label>
                <Fault form field="password" />
                <FormNotice form />
                <div class="flex flex-wrap gap-2">
                    <Button kind=ButtonKind::Danger submits=true busy=form.pending()>
                        "Hand the community over"
                    </Button>
                    <span class="needs-script">
                        <Cancel close />
                    </span>
                </div>
            </ActionForm>
        </Deed>
    }
}
