//! The broker of a server that runs alone: what is published goes straight to its own hub.

use async_trait::async_trait;

use super::hub::Hub;
use crate::server::domain::{
    outcome::Publication,
    ports::{Broker, BrokerError},
};

/// Hands publications to the hub of this process, in the order they come.
#[derive(Clone, Debug)]
pub struct MemoryBroker {
    hub: Hub,
}

impl MemoryBroker {
    /// A broker that ends in `hub`.
    #[must_use]
    pub const fn new(hub: Hub) -> Self {
        Self { hub }
    }
}

#[async_trait]
impl Broker for MemoryBroker {
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError> {
        self.hub.publish(publication);
        Ok(())
    }
}
