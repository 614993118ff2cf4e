//! Placeholders of the true shape, shown only when loading takes longer than a blink.

use leptos::prelude::*;

/// A grey bar or disc; give it the size of what will stand there.
#[component]
pub fn Bone(
    /// Size and shape, as classes: `h-3 w-24 rounded-pill`.
    class: &'static str,
) -> impl IntoView {
    view! { <span class=format!("block shrink-0 bg-sunken {class}")></span> }
}

/// Rows shaped like posts.
#[component]
pub fn PostSkeleton(
    /// How many.
    #[prop(default = 4)]
    rows: usize,
) -> impl IntoView {
    let row = || {
        view! {
            <div class="flex gap-3 border-b border-border px-4 pt-4 pb-5 medium:px-5">
                <Bone class="size-11 rounded-pill" />
                <div class="grid min-w-0 flex-1 content-start gap-2.5 pt-1">
                    <Bone class="h-3.5 w-2/5 rounded-pill" />
                    <Bone class="h-3.5 w-full rounded-pill" />
                    <Bone class="h-3.5 w-3/4 rounded-pill" />
                    <div class="flex gap-8 pt-1">
                        <Bone class="h-3.5 w-10 rounded-pill" />
                        <Bone class="h-3.5 w-10 rounded-pill" />
                    </div>
                </div>
            </div>
        }
    };
    view! {
        <Loading>{(0..rows).map(|_| row()).collect_view()}</Loading>
    }
}

/// Rows shaped like people in a list.
#[component]
pub fn PersonSkeleton(
    /// How many.
    #[prop(default = 5)]
    rows: usize,
) -> impl IntoView {
    let row = || {
        view! {
            <div class="flex items-center gap-3 px-4 py-3 medium:px-5">
                <Bone class="size-10 rounded-pill" />
                <div class="grid flex-1 gap-2">
                    <Bone class="h-3.5 w-1/3 rounded-pill" />
                    <Bone class="h-3 w-1/2 rounded-pill" />
                </div>
            </div>
        }
    };
    view! {
        <Loading>{(0..rows).map(|_| row()).collect_view()}</Loading>
    }
}

/// Says that something loads, and keeps its picture hidden for the first 150 ms.
#[component]
fn Loading(children: Children) -> impl IntoView {
    view! {
        <div role="status" class="animate-late">
            <span class="sr-only">"Loading"</span>
            <div class="animate-breathe" aria-hidden="true">
                {children()}
            </div>
        </div>
    }
}
