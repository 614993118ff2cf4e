//! Over the composer of a conversation that a stranger began: take part, do not, or block them.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    open_thread::OpenThread,
    words::{first_name, partner},
};
use crate::{
    api::conversations::{AnswerRequest, SetBlock},
    app::components::{
        button::{Button, ButtonKind},
        form::{FormNotice, FormState},
    },
    protocol::{conversations::ConversationItem, views::PersonRef},
};

/// Accept, Decline, Block.
#[component]
pub fn RequestBanner(
    /// The thread.
    open: OpenThread,
    /// The conversation as it was opened.
    item: ConversationItem,
) -> impl IntoView {
    let accept = ServerAction::<AnswerRequest>::new();
    let decline = ServerAction::<AnswerRequest>::new();
    let block = ServerAction::<SetBlock>::new();
    let who = sender_of(&item, open);
    let navigate = use_navigate();
    Effect::new(move |_| {
        let declined = matches!(decline.value().get(), Some(Ok(())));
        if declined || matches!(block.value().get(), Some(Ok(()))) {
            navigate("/messages", NavigateOptions::default());
        }
    });
    let id = open.id.get().to_string();
    let declined_id = id.clone();
    let name = who.as_ref().map_or_else(|| "Somebody".to_owned(), |who| who.full_name.clone());
    let first = first_name(&name);
    let does = if open.is_group() { " added you to this group. " } else { " wrote to you. " };
    view! {
        <section aria-label="Request" class="border-t border-border bg-surface px-4 py-4 text-center">
            <p class="mx-auto max-w-105 text-muted">
                <strong class="font-strong text-text">{name}</strong>
                {does}
                "They do not see whether you read this, and not that you are here, until you accept."
            </p>
            <div class="mt-3 flex flex-wrap justify-center gap-2">
                <ActionForm action=accept>
                    <input type="hidden" name="id" value=id.clone() />
                    <input type="hidden" name="accept" value="true" />
                    <Button submits=true busy=accept.pending()>
                        "Accept"
                    </Button>
                </ActionForm>
                <ActionForm action=decline>
                    <input type="hidden" name="id" value=declined_id />
                    <input type="hidden" name="accept" value="false" />
                    <Button kind=ButtonKind::Quiet submits=true busy=decline.pending()>
                        "Decline"
                    </Button>
                </ActionForm>
                {who
                    .map(|who| {
                        view! {
                            <ActionForm action=block>
                                <input type="hidden" name="user_id" value=who.id.get().to_string() />
                                <input type="hidden" name="blocked" value="true" />
                                <Button kind=ButtonKind::Outline submits=true busy=block.pending()>
                                    {["Block ", &first].concat()}
                                </Button>
                            </ActionForm>
                        }
                    })}
            </div>
            <div class="mx-auto max-w-105 pt-2 empty:hidden">
                <FormNotice form=FormState::of(accept) />
                <FormNotice form=FormState::of(block) />
            </div>
        </section>
    }
}

/// The stranger: the other one, or an admin of the group.
fn sender_of(item: &ConversationItem, open: OpenThread) -> Option<PersonRef> {
    if let Some(other) = partner(&item.conversation, open.me) {
        return Some(other.clone());
    }
    let admin = item.conversation.members.iter().find(|member| member.admin && member.person.id != open.me);
    admin.map(|member| member.person.clone())
}
