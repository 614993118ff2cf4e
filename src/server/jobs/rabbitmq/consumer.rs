//! Runs the errands that arrive.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, StreamExt};
use lapin::{
    Connection,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, BasicRejectOptions},
    types::FieldTable,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Ended, RabbitMq, Redial, declare, line};
use crate::server::domain::{
    Domain,
    ports::{Errand, ErrandKind},
};

/// Errands that one worker has at the same time. All of them are run at once: none waits behind a slow one while another
/// worker has nothing to do.
const SIDE_BY_SIDE: u16 = 8;
/// How long an errand that could not be run is kept before it is given back: what was wrong should have time to pass.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs what arrives of one kind, as many beside each other as wanted, also in other processes.
#[derive(Clone)]
pub struct ErrandConsumer {
    domain: Domain,
    rabbit: RabbitMq,
    kind: ErrandKind,
}

impl ErrandConsumer {
    /// With the verbs of this domain, from the line of `kind` at this broker.
    #[must_use]
    pub const fn new(domain: Domain, rabbit: RabbitMq, kind: ErrandKind) -> Self {
        Self { domain, rabbit, kind }
    }

    /// Works until the server stops; what was begun then is brought to its end.
    pub async fn run(self, stopping: CancellationToken) {
        let mut redial = Redial::new(self.rabbit.clone(), "hubbub worker");
        while let Some(connection) = redial.next(&stopping).await {
            let ended = self.consume(&connection, &mut redial, &stopping).await;
            redial.over(connection, ended).await;
        }
    }

    /// Over one connection, until it is lost or the server stops.
    async fn consume(
        &self,
        connection: &Connection,
        redial: &mut Redial,
        stopping: &CancellationToken,
    ) -> Result<(), Ended> {
        let channel = connection.create_channel().await?;
        declare(&channel, self.kind).await?;
        channel.basic_qos(SIDE_BY_SIDE, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let arriving = channel.basic_consume(line(self.kind).into(), "".into(), options, FieldTable::default()).await?;
        redial.works();
        tracing::info!(kind = ?self.kind, "errands of RabbitMQ are run here");
        let run = async |delivery: lapin::Result<Delivery>| {
            if let Ok(delivery) = delivery {
                self.take(delivery).await;
            }
        };
        // What waits here when the server stops goes back to the line with the connection.
        let arriving = arriving.take_until(stopping.cancelled());
        arriving.for_each_concurrent(usize::from(SIDE_BY_SIDE), run).await;
        if !stopping.is_cancelled() {
            return Err(Ended::Closed);
        }
        channel.close(200, "bye".into()).await?;
        Ok(())
    }

    /// Runs one errand, and only then tells the broker that it may forget it.
    async fn take(&self, delivery: Delivery) {
        let answered = match serde_json::from_slice::<Errand>(&delivery.data) {
            Err(cause) => {
                tracing::error!(%cause, "an errand cannot be read; it is a dead letter now");
                delivery.reject(BasicRejectOptions { requeue: false }).await
            }
            Ok(errand) => match AssertUnwindSafe(self.domain.run_errand(errand)).catch_unwind().await {
                Ok(Ok(())) => delivery.ack(BasicAckOptions::default()).await,
                Ok(Err(cause)) => {
                    tracing::warn!(%cause, ?errand, "an errand could not be run; it is given back");
                    give_back(&delivery).await
                }
                Err(_) => {
                    tracing::error!(?errand, "running an errand panicked; it is given back");
                    give_back(&delivery).await
                }
            },
        };
        if let Err(cause) = answered {
            tracing::debug!(%cause, "the broker did not hear what became of an errand; it arrives again");
        }
    }
}

async fn give_back(delivery: &Delivery) -> lapin::Result<bool> {
    sleep(PAUSE).await;
    delivery.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await
}
