//! Light, dark, or as the system says: kept in a cookie, so that the server renders the right one at once.

use leptos::{form::ActionForm, prelude::*};

use super::{
    button::Button,
    icon::{Icon, IconName},
};
use crate::{api::appearance::SetTheme, protocol::appearance::ThemeChoice};

/// The choice, for the whole page.
#[derive(Clone, Copy, Debug)]
pub struct Theme(pub RwSignal<ThemeChoice>);

/// Three cards to choose from. Without JavaScript a button saves the choice; with it, choosing is enough.
#[component]
pub fn ThemePicker() -> impl IntoView {
    let Theme(theme) = use_context::<Theme>().unwrap_or_else(|| Theme(RwSignal::new(ThemeChoice::System)));
    let save = ServerAction::<SetTheme>::new();
    let choose = move |choice: ThemeChoice| {
        theme.set(choice);
        if let Some(root) = document().document_element() {
            // The attribute's name is fixed and valid.
            let _ = root.set_attribute("data-theme", choice.as_str());
        }
        save.dispatch(SetTheme { theme: choice });
    };
    let option = move |choice: ThemeChoice, name: &'static str, icon: IconName| {
        view! {
            <label class="relative flex cursor-pointer items-center justify-center gap-2 rounded-pill px-3 py-2 text-meta font-strong text-muted has-checked:bg-chosen has-checked:text-text has-checked:shadow-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus pointer-coarse:py-3">
                <input
                    type="radio"
                    name="theme"
                    value=choice.as_str()
                    class="absolute inset-0 size-full cursor-pointer opacity-0"
                    checked=theme.get_untracked() == choice
                    on:change=move |_| choose(choice)
                />
                <Icon name=icon size=18 />
                {name}
            </label>
        }
    };
    view! {
        <ActionForm action=save>
            <fieldset>
                <legend class="sr-only">"Appearance"</legend>
                <div class="grid grid-cols-3 gap-1 rounded-pill bg-sunken p-1">
                    {option(ThemeChoice::System, "System", IconName::Monitor)}
                    {option(ThemeChoice::Light, "Light", IconName::Sun)}
                    {option(ThemeChoice::Dark, "Dark", IconName::Moon)}
                </div>
            </fieldset>
            <div class="without-script mt-3">
                <Button submits=true>"Save appearance"</Button>
            </div>
        </ActionForm>
    }
}
