//! Pages, one per file.

pub mod admin_deliveries;
pub mod admin_people;
pub mod announcements;
pub mod confirm;
pub mod connections;
pub mod error;
pub mod feed;
pub mod follows;
pub mod forgot;
pub mod jobs;
pub mod messages;
pub mod not_found;
pub mod notifications;
pub mod on_demand;
pub mod post;
pub mod profile;
pub mod reference;
pub mod reset;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod tag;
pub mod unsubscribe;
