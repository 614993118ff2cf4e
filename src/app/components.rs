//! Components, one per file. A class list lives once: in the component that draws it.

pub mod avatar;
pub mod banner;
pub mod button;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod form;
pub mod icon;
pub mod menu;
pub mod number;
pub mod shell;
pub mod skeleton;
pub mod tabs;
pub mod theme;
pub mod time;
pub mod toast;
pub mod welcome;
