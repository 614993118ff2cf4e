//! A person's face: their picture, or their initials on a tint that is always theirs.

use leptos::prelude::*;

use crate::protocol::{ids::UserId, views::PersonRef};

/// Pairs of ground and ink; a person's id picks one, so that they keep it everywhere.
const TINTS: [&str; 8] = [
    "bg-tint-1 text-tint-1-ink",
    "bg-tint-2 text-tint-2-ink",
    "bg-tint-3 text-tint-3-ink",
    "bg-tint-4 text-tint-4-ink",
    "bg-tint-5 text-tint-5-ink",
    "bg-tint-6 text-tint-6-ink",
    "bg-tint-7 text-tint-7-ink",
    "bg-tint-8 text-tint-8-ink",
];

/// The sizes in use, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// 24, in the pill of new posts.
    S24,
    /// 32, beside replies.
    S32,
    /// 40, in cards and lists.
    S40,
    /// 44, beside posts.
    #[default]
    S44,
    /// 48, in the list of conversations.
    S48,
    /// 64, on cards.
    S64,
    /// 96, on the profile and in settings.
    S96,
}

impl AvatarSize {
    const fn class(self) -> &'static str {
        match self {
            Self::S24 => "size-6 text-[10px]",
            Self::S32 => "size-8 text-caption",
            Self::S40 => "size-10 text-meta",
            Self::S44 => "size-11 text-body",
            Self::S48 => "size-12 text-lead",
            Self::S64 => "size-16 text-heading",
            Self::S96 => "size-24 text-[2rem]",
        }
    }

    const fn pixels(self) -> u32 {
        match self {
            Self::S24 => 24,
            Self::S32 => 32,
            Self::S40 => 40,
            Self::S44 => 44,
            Self::S48 => 48,
            Self::S64 => 64,
            Self::S96 => 96,
        }
    }
}

/// A round picture or initials. Decoration: the name always stands beside it or on the link around it.
#[component]
pub fn Avatar(
    /// Whose.
    #[prop(into)]
    person: Signal<PersonRef>,
    /// How large.
    #[prop(optional)]
    size: AvatarSize,
) -> impl IntoView {
    move || {
        let person = person.get();
        let tint = tint_of(person.id);
        match person.avatar_url {
            Some(url) => view! {
                <img
                    class=format!("{} shrink-0 rounded-pill bg-sunken object-cover", size.class())
                    src=url
                    alt=""
                    width=size.pixels()
                    height=size.pixels()
                    decoding="async"
                />
            }
            .into_any(),
            None => view! {
                <span
                    class=format!(
                        "{} {tint} inline-grid shrink-0 select-none place-items-center rounded-pill font-bold",
                        size.class(),
                    )
                    aria-hidden="true"
                >
                    {initials(&person.full_name, &person.username)}
                </span>
            }
            .into_any(),
        }
    }
}

/// The ground and ink of a person's initials.
fn tint_of(id: UserId) -> &'static str {
    // Ids grow with time and so share their low bits' rhythm; a multiplicative hash spreads neighbours apart.
    let spread = id.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
    usize::try_from(spread).ok().and_then(|at| TINTS.get(at)).copied().unwrap_or("bg-sunken text-text")
}

/// First letters of the first and the last word of a name; of the username where there is no name.
fn initials(full_name: &str, username: &str) -> String {
    let mut words = full_name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next().or_else(|| username.chars().next());
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ana Ferreira", "ana"), "AF");
        assert_eq!(initials("Ana María de la Cruz", "ana"), "AC");
        assert_eq!(initials("Cher", "cher"), "C");
        assert_eq!(initials("  ", "zoe"), "Z");
        assert_eq!(initials("Élodie Øst", "elo"), "ÉØ");
    }
}
