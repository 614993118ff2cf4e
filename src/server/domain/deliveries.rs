//! Deliveries: what became of every notification by every channel, for who runs the community.

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    validation::{cut, page_size},
};
use crate::protocol::{
    ids::NotificationId,
    notifications::{Channel, Delivery, NotificationStatus},
    views::{Page, Role},
};

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only what came to this.
    pub status: Option<NotificationStatus>,
    /// Only what goes this way.
    pub channel: Option<Channel>,
}

/// Where in the list a page begins: after this channel of this notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    notification: NotificationId,
    channel: Channel,
}

impl Place {
    fn of(last: &Delivery) -> String {
        format!("{}-{}", last.notification_id, last.channel.as_str())
    }

    fn parse(text: &str) -> Option<Self> {
        let (id, channel) = text.split_once('-')?;
        Some(Self { notification: id.parse().ok()?, channel: Channel::named(channel)? })
    }

    /// The notifications below this one are left of a channel.
    fn bound(self, channel: Channel) -> NotificationId {
        // One notification goes by several channels, one after the other in the list.
        let goes_on = u64::from(channel > self.channel);
        NotificationId::new(self.notification.get().saturating_add(goes_on))
    }
}

impl Domain {
    /// What became of notifications, newest first; `before` is the `next` of the page before.
    ///
    /// # Errors
    /// Forbidden to who does not run the community; when `before` or `limit` is not acceptable.
    pub async fn deliveries(
        &self,
        actor: &Actor,
        filter: &DeliveryFilter,
        before: Option<&str>,
        limit: Option<usize>,
    ) -> Result<Page<Delivery>> {
        let limit = page_size(limit)?;
        let refuse = || DomainError::invalid("before", "`before` is the `next` of the page before; this is none.");
        let before = before.map(|text| Place::parse(text).ok_or_else(refuse)).transpose()?;
        let mut read = self.ports.store.read().await?;
        if !matches!(self.account(&mut *read, actor.user_id).await?.role, Role::Owner | Role::Admin) {
            return Err(DomainError::Forbidden("Only who runs the community can see this."));
        }
        let mut items = Vec::new();
        for channel in Channel::ALL.into_iter().filter(|channel| filter.channel.is_none_or(|only| only == *channel)) {
            let before = before.map(|place| place.bound(channel));
            items.extend(read.deliveries(channel, filter.status, before, limit + 1).await?);
        }
        items.sort_by_key(|one| (std::cmp::Reverse(one.notification_id), one.channel));
        let next = cut(&mut items, limit, Place::of);
        Ok(Page { items, next })
    }
}
