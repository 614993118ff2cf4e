//! Light, dark, or as the system says: one browser's choice.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Name of the cookie that holds the choice.
pub const THEME_COOKIE: &str = "hubbub_theme";

/// What somebody chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl ThemeChoice {
    /// The name in the cookie and in `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl FromStr for ThemeChoice {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|choice| choice.as_str() == name).ok_or(())
    }
}
