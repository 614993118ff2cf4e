//! What the roles are called.

use crate::protocol::views::Role;

/// In words.
#[must_use]
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Moderator => "Moderator",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}
