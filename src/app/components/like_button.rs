//! The heart: on at once, taken back when refused; a plain form where there is no script.

use leptos::{ev, prelude::*, server_fn::ServerFn};

use super::{
    icon::{Icon, IconName},
    number::RollingCount,
    toast::Toasts,
};
use crate::{
    api::{comments::LikeComment, posts::LikePost},
    client::{
        like_toggle::LikeTarget,
        live::{LikeBadge, Live, RefusedLike, use_live},
    },
    protocol::errors::ErrorCode,
};

/// The class list of the round actions under a post or comment.
pub const ACTION: &str = "group/action relative inline-flex h-9 items-center gap-2 rounded-pill px-2.5 text-left text-meta tabular-nums text-muted transition-colors hover:bg-accent-soft hover:text-accent-text active:scale-[0.97] touch-area";

/// Likes a post or a comment, and counts.
#[component]
pub fn LikeButton(
    /// What is liked.
    target: LikeTarget,
    /// What it shows.
    badge: Signal<LikeBadge>,
) -> impl IntoView {
    let live = use_live();
    // The heart pops for the reader's own press only; others' likes roll the count and nothing else.
    let popped = RwSignal::new(false);
    let liked = Memo::new(move |_| badge.with(|badge| badge.liked));
    let count = Memo::new(move |_| badge.with(|badge| badge.count));
    let press = move |event: ev::SubmitEvent| {
        event.prevent_default();
        popped.set(!liked.get_untracked());
        live.toggle_like(target);
    };
    let (action, id) = match target {
        LikeTarget::Post(id) => (LikePost::url(), id.get()),
        LikeTarget::Comment(id) => (LikeComment::url(), id.get()),
    };
    view! {
        <form method="post" action=action on:submit=press class="contents">
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="liked" value=move || if liked.get() { "false" } else { "true" } />
            <button
                type="submit"
                data-like=""
                aria-pressed=move || if liked.get() { "true" } else { "false" }
                aria-label=move || name(count.get())
                title=move || if liked.get() { "Unlike" } else { "Like" }
                class=format!("{ACTION} aria-pressed:font-strong aria-pressed:text-accent-text")
            >
                <span class="relative grid size-5 place-items-center">
                    <Show when=move || popped.get()>
                        <span class="pointer-events-none absolute -inset-2 animate-ring rounded-pill border-2 border-accent opacity-0"></span>
                    </Show>
                    <span class=move || match (liked.get(), popped.get()) {
                        (true, true) => "text-accent animate-pop",
                        (true, false) => "text-accent",
                        (false, _) => "",
                    }>
                        <Icon name=IconName::Heart filled=liked />
                    </span>
                </span>
                <RollingCount count />
            </button>
        </form>
    }
}

/// Says that a like was refused and why; what may go better the next time can be tried again.
pub fn say_refused_like(live: Live, toasts: Toasts, refusal: RefusedLike) {
    let RefusedLike { target, liked, error } = refusal;
    let what = if liked { "Your like was not saved" } else { "Your like was not taken back" };
    if matches!(error.code, ErrorCode::Unavailable | ErrorCode::Internal) {
        toasts.offer(what, "Retry", Callback::new(move |()| live.set_like(target, liked)));
    } else {
        toasts.say([what, ". ", &error.message].concat());
    }
}

/// "Like", "Like, 1 like", "Like, 3 likes".
fn name(count: u64) -> String {
    match count {
        0 => "Like".to_owned(),
        1 => "Like, 1 like".to_owned(),
        many => ["Like, ", &many.to_string(), " likes"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_counts_in_words() {
        assert_eq!([name(0), name(1), name(3)], ["Like", "Like, 1 like", "Like, 3 likes"]);
    }
}
