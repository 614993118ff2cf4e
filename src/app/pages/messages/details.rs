//! `/messages/{id}/details`: a group's title and members, and for its admins the way to change them.

use leptos::{form::ActionForm, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::new::{Fault, PaneHead};
use crate::{
    api::conversations::{
        AddMembers, RemoveGroupPicture, RemoveMember, RenameConversation, SetGroupPicture, add_members,
        one_conversation,
    },
    app::{
        components::{
            avatar::{Avatar, AvatarSize},
            button::{Button, ButtonKind, ButtonSize},
            empty::ErrorState,
            field::Field,
            form::{FormNotice, FormState},
            icon::IconName,
            messages::{
                faces::{ConversationFace, FaceSize, use_me},
                header::use_leaving,
                people_picker::{PeopleBoxes, PeopleSearch, Picked},
                words::{conversation_href, conversation_name},
            },
            page_title::PageTitle,
            picture_form::{PictureForm, RemoveButton},
            presence::PresenceDot,
            skeleton::PersonSkeleton,
            toast::use_toasts,
        },
        profile_href,
        status::set_page_error,
    },
    client::live::{LiveConversation, use_live},
    protocol::{
        conversations::{ConversationItem, ConversationKind, MemberView},
        ids::ConversationId,
        limits::TITLE_MAX_CHARS,
    },
};

/// The page.
#[component]
pub fn DetailsPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<ConversationId>().ok()));
    move || id.get().map(|id| view! { <Loading id /> })
}

#[component]
fn Loading(id: ConversationId) -> impl IntoView {
    let loaded = Resource::new_blocking(|| (), move |()| one_conversation(id));
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <PersonSkeleton /> }>
            {move || Suspend::new(async move {
                match loaded.await {
                    Ok(item) => view! { <Whole item /> }.into_any(),
                    Err(error) => {
                        set_page_error(error.code);
                        view! { <ErrorState title="The conversation did not load" error on_retry=retry /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Whole(item: ConversationItem) -> impl IntoView {
    let me = use_me();
    let id = item.conversation.conversation_id;
    let live = use_live().conversations(me);
    live.take(std::slice::from_ref(&item));
    let conversation = live.get(id);
    let shared = conversation.item();
    let is_group = item.conversation.kind == ConversationKind::Group;
    let is_admin = item.mine.admin && is_group;
    let title = Signal::derive(move || {
        shared.with(|item| item.as_ref().map_or_else(String::new, |item| conversation_name(&item.conversation, me)))
    });
    let count = Memo::new(move |_| shared.with(|item| item.as_ref().map_or(0, |item| item.conversation.members.len())));
    view! {
        <PageTitle text=move || ["About ", &title.get()].concat() />
        <PaneHead title back=conversation_href(id) />
        <div class="min-h-0 flex-1 overflow-y-auto bg-surface pb-8">
            {is_admin.then(|| view! { <Picture conversation /> })}
            {is_admin.then(|| view! { <Rename item=item.clone() /> })}
            <h2 class="px-4 pt-5 pb-2 text-lead font-bold medium:px-5">{count} " members"</h2>
            <Members conversation is_admin />
            {is_admin.then(|| view! { <Add id conversation /> })}
            {is_group.then(|| view! { <Leave id /> })}
        </div>
    }
}

#[component]
fn Picture(conversation: LiveConversation) -> impl IntoView {
    let remove = ServerAction::<RemoveGroupPicture>::new();
    let (live, item) = (use_live().conversations(use_me()), conversation.item());
    Effect::new(move |_| {
        if let Some(Ok(item)) = remove.value().get() {
            live.take(&[item]);
        }
    });
    let id = conversation.id.get().to_string();
    let has_picture =
        Memo::new(move |_| item.with(|item| item.as_ref().is_some_and(|item| item.conversation.avatar_url.is_some())));
    let face = move || view! { <ConversationFace item size=FaceSize::Large /> };
    let sent = FormState::plain(SetGroupPicture::url());
    let hidden = ("id", id.clone());
    let removal = move || {
        let id = id.clone();
        view! {
            <ActionForm action=remove>
                <input type="hidden" name="id" value=id />
                <RemoveButton pending=remove.pending() />
            </ActionForm>
        }
    };
    view! {
        <section aria-label="Picture of the group" class="border-b border-border px-4 py-5 medium:px-5">
            <PictureForm url=SetGroupPicture::url() hidden sent removed=FormState::of(remove) face has_picture removal done="The picture is saved." />
        </section>
    }
}

#[component]
fn Rename(item: ConversationItem) -> impl IntoView {
    let rename = ServerAction::<RenameConversation>::new();
    let form = FormState::of(rename);
    view! {
        <ActionForm
            action=rename
            attr:class="grid gap-3 border-b border-border px-4 py-5 medium:px-5"
            attr:novalidate=true
        >
            <input type="hidden" name="id" value=item.conversation.conversation_id.get().to_string() />
            <Field
                form
                name="title"
                label="Title"
                value=item.conversation.title.clone().unwrap_or_default()
                maxlength=TITLE_MAX_CHARS
            />
            <FormNotice form done="The title is saved." />
            <div>
                <Button submits=true busy=form.pending()>
                    "Save title"
                </Button>
            </div>
        </ActionForm>
    }
}

#[component]
fn Members(conversation: LiveConversation, is_admin: bool) -> impl IntoView {
    let remove = ServerAction::<RemoveMember>::new();
    let item = conversation.item();
    let members = Memo::new(move |_| {
        item.with(|item| item.as_ref().map(|item| item.conversation.members.clone()).unwrap_or_default())
    });
    view! {
        <div class="px-4 empty:hidden medium:px-5">
            <FormNotice form=FormState::of(remove) />
        </div>
        <ul aria-label="Members">
            <For each=move || members.get() key=|member| (member.person.id, member.admin) let(member)>
                <Member id=conversation.id member is_admin remove />
            </For>
        </ul>
    }
}

#[component]
fn Member(id: ConversationId, member: MemberView, is_admin: bool, remove: ServerAction<RemoveMember>) -> impl IntoView {
    let me = use_me();
    let person = member.person;
    let may_remove = is_admin && person.id != me;
    let label = ["Remove ", &person.full_name].concat();
    view! {
        <li class="relative flex items-center gap-3 px-4 py-2 hover:bg-hover medium:px-5">
            <span class="relative shrink-0">
                <Avatar person=person.clone() size=AvatarSize::S44 />
                <PresenceDot of=person.id />
            </span>
            <span class="grid min-w-0 flex-1">
                <a href=profile_href(&person.username) class="truncate font-strong cover">
                    {person.full_name.clone()}
                    {(person.id == me).then_some(" (you)")}
                </a>
                <span class="truncate text-meta text-muted">
                    "@" {person.username.clone()} {member.admin.then_some(" · Admin")}
                </span>
            </span>
            {may_remove
                .then(|| {
                    view! {
                        <ActionForm action=remove attr:class="relative">
                            <input type="hidden" name="id" value=id.get().to_string() />
                            <input type="hidden" name="user_id" value=person.id.get().to_string() />
                            <Button kind=ButtonKind::Outline size=ButtonSize::Small submits=true attr:aria-label=label>
                                "Remove"
                            </Button>
                        </ActionForm>
                    }
                })}
        </li>
    }
}

#[component]
fn Add(id: ConversationId, conversation: LiveConversation) -> impl IntoView {
    let form = FormState::plain(AddMembers::url());
    let picked = Picked::begin(&[&conversation_href(id), "/details"].concat());
    let item = conversation.item();
    let present = item.with_untracked(|item| {
        item.as_ref().map(|item| item.conversation.members.iter().map(|member| member.person.id).collect())
    });
    let (live, toasts, busy) = (use_live().conversations(use_me()), use_toasts(), RwSignal::new(false));
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let people: Vec<_> = picked.people.with_untracked(|people| people.iter().map(|person| person.id).collect());
        busy.set(true);
        spawn_local(async move {
            match add_members(id, people).await {
                Ok(item) => {
                    live.take(&[item]);
                    picked.people.try_set(Vec::new());
                }
                Err(error) => toasts.say(error.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <section aria-label="Add people" class="mt-4 border-t border-border pt-5">
            <h2 class="px-4 text-lead font-bold medium:px-5">"Add people"</h2>
            <PeopleSearch picked />
            <form method="post" action=AddMembers::url() on:submit=add>
                <input type="hidden" name="id" value=id.get().to_string() />
                <PeopleBoxes picked without=present.unwrap_or_default() />
                <div class="grid gap-2 px-4 medium:px-5">
                    <FormNotice form />
                    <Fault form />
                    <div>
                        <Button icon=IconName::AddPerson submits=true busy>
                            "Add to the group"
                        </Button>
                    </div>
                </div>
            </form>
        </section>
    }
}

#[component]
fn Leave(id: ConversationId) -> impl IntoView {
    let leave = use_leaving(id);
    view! {
        <form
            method="post"
            action=RemoveMember::url()
            class="mt-6 border-t border-border px-4 pt-5 medium:px-5"
            on:submit=move |event| {
                event.prevent_default();
                leave.run(());
            }
        >
            <input type="hidden" name="id" value=id.get().to_string() />
            <input type="hidden" name="user_id" value=use_me().get().to_string() />
            <Button kind=ButtonKind::Danger icon=IconName::SignOut submits=true>
                "Leave group"
            </Button>
        </form>
    }
}
