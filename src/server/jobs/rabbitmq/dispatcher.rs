//! Hands over what is due, and has the broker confirm each errand.

use std::{sync::atomic::Ordering, time::Duration};

use async_trait::async_trait;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Ended, RabbitMq, Redial, declare, line};
use crate::server::domain::{
    Domain, ERRANDS_AT_ONCE,
    ports::{Courier, CourierError, Errand, ErrandKind},
};

/// How soon it is noticed that something is due.
const EVERY: Duration = Duration::from_secs(1);
/// How long the broker may take to confirm an errand.
const CONFIRM_PATIENCE: Duration = Duration::from_secs(5);
/// Errands outlive the broker.
const PERSISTENT: u8 = 2;

/// Hands over what is due while the broker is there.
#[derive(Clone)]
pub struct ErrandDispatcher {
    domain: Domain,
    rabbit: RabbitMq,
}

impl ErrandDispatcher {
    /// With the verbs of this domain, to this broker.
    #[must_use]
    pub const fn new(domain: Domain, rabbit: RabbitMq) -> Self {
        Self { domain, rabbit }
    }

    /// Works until the server stops.
    pub async fn run(self, stopping: CancellationToken) {
        let mut redial = Redial::new(self.rabbit.clone(), "hubbub dispatcher");
        while let Some(connection) = redial.next(&stopping).await {
            let ended = self.dispatch(&connection, &mut redial, &stopping).await;
            self.rabbit.reached.store(false, Ordering::Relaxed);
            redial.over(connection, ended).await;
        }
    }

    /// Over one connection, until it is lost or the server stops.
    async fn dispatch(
        &self,
        connection: &Connection,
        redial: &mut Redial,
        stopping: &CancellationToken,
    ) -> Result<(), Ended> {
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        for kind in ErrandKind::ALL {
            declare(&channel, kind).await?;
        }
        redial.works();
        let courier = Publisher { channel };
        while !stopping.is_cancelled() {
            // A broker that is out of memory or disk takes nothing; what is sent to it all the same piles up on the way.
            let takes = !connection.status().blocked();
            self.rabbit.reached.store(takes, Ordering::Relaxed);
            let mut is_more_due = false;
            for kind in ErrandKind::ALL.into_iter().filter(|_| takes) {
                is_more_due |= self.hand_over(kind, &courier).await;
            }
            if !connection.status().connected() {
                return Err(Ended::Closed);
            }
            if !is_more_due {
                _ = stopping.run_until_cancelled(sleep(EVERY)).await;
            }
        }
        courier.channel.close(200, "bye".into()).await?;
        Ok(())
    }

    /// One batch; whether more may be due right now.
    async fn hand_over(&self, kind: ErrandKind, courier: &Publisher) -> bool {
        match self.domain.dispatch_errands(kind, courier).await {
            Ok(dispatched) => {
                if let Some(cause) = &dispatched.refused {
                    tracing::warn!(cause, ?kind, "errands were not taken along; they are handed over again");
                }
                dispatched.taken == ERRANDS_AT_ONCE
            }
            Err(cause) => {
                tracing::warn!(%cause, ?kind, "errands could not be handed over; they are handed over again");
                false
            }
        }
    }
}

/// A channel on which the broker confirms what it took.
struct Publisher {
    channel: Channel,
}

impl Publisher {
    async fn publish(&self, errand: &Errand) -> Result<Confirmation, CourierError> {
        let body = serde_json::to_vec(errand).map_err(|cause| CourierError(cause.to_string()))?;
        // Mandatory: what has no line to stand in comes back instead of being dropped.
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let properties =
            BasicProperties::default().with_delivery_mode(PERSISTENT).with_content_type("application/json".into());
        let confirmed = async {
            let line = line(errand.kind()).into();
            self.channel.basic_publish("".into(), line, options, &body, properties).await?.await
        };
        let confirmed = timeout(CONFIRM_PATIENCE, confirmed).await;
        let confirmed = confirmed.map_err(|_| CourierError("the broker did not confirm it in time".to_owned()))?;
        confirmed.map_err(|cause| CourierError(cause.to_string()))
    }
}

#[async_trait]
impl Courier for Publisher {
    async fn carry(&self, errand: &Errand) -> Result<(), CourierError> {
        match self.publish(errand).await? {
            Confirmation::Ack(None) => Ok(()),
            Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => {
                Err(CourierError(format!("it came back: {}", returned.reply_text)))
            }
            Confirmation::Nack(None) => Err(CourierError("the line is full".to_owned())),
            Confirmation::NotRequested => Err(CourierError("the broker confirms nothing".to_owned())),
        }
    }
}
