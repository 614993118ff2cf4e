//! The outbox in IndexedDB: one record for each unsent message, written and removed in the order in which it was asked,
//! and beside it the bytes of what it carries, written and removed in the same transaction.

use futures::{StreamExt, channel::mpsc::Receiver};
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BroadcastChannel, IdbDatabase, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbTransactionMode,
};

use super::{Input, Unsent, carried};
use crate::protocol::ids::UserId;

const DATABASE: &str = "hubbub";
const STORE: &str = "unsent";
/// Bytes of what messages carry, under the keys of the messages.
const BLOBS: &str = "carried";
/// 1: messages. 2: and what they carry.
const VERSION: u32 = 2;
/// Tabs tell each other here that the storage changed.
const CHANNEL: &str = "hubbub:unsent";

/// What is asked of the storage.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Write a message.
    Keep(Unsent),
    /// Remove one.
    Forget(String),
    /// Read all; see [`Input::Found`].
    Read {
        /// The tab was just opened.
        opened: bool,
    },
}

/// Does what is asked until the sender goes, one thing after another, and tells the outbox.
pub async fn serve(user: UserId, mut wishes: Receiver<Wish>, tell: impl Fn(Input)) {
    let channel = BroadcastChannel::new(CHANNEL).ok();
    let announce = || {
        if let Some(channel) = &channel {
            let _closed = channel.post_message(&JsValue::NULL);
        }
    };
    while let Some(wish) = wishes.next().await {
        match wish {
            Wish::Keep(message) => {
                let kept = keep(user, &message).await.is_ok();
                tell(Input::Kept(message.client_id, kept));
                announce();
            }
            Wish::Forget(id) => {
                let _not_there = remove(&key(user, &id).into()).await;
                announce();
            }
            Wish::Read { opened } => {
                // Where there is no storage, nothing can be concluded from finding nothing.
                if let Ok(messages) = read(user).await {
                    tell(Input::Found { messages, opened });
                }
            }
        }
    }
}

/// Calls `listener` whenever another tab changed the storage, for as long as this tab lives.
pub fn listen(listener: impl Fn() + 'static) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let heard = Closure::<dyn Fn()>::new(listener);
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // The tab listens until it closes.
    heard.forget();
    std::mem::forget(channel);
}

/// Removes the unsent messages of everyone who used this browser: call it at sign-out.
pub async fn forget_all() {
    let everything = IdbKeyRange::lower_bound(&JsValue::from_str(""));
    if let Ok(range) = everything {
        let _not_there = remove(&range).await;
    }
}

fn key(user: UserId, client_id: &str) -> String {
    [&user.get().to_string(), ":", client_id].concat()
}

async fn keep(user: UserId, message: &Unsent) -> Result<(), JsValue> {
    let text = serde_json::to_string(message).map_err(|_| JsValue::NULL)?;
    let (database, transaction, store) = begin(IdbTransactionMode::Readwrite).await?;
    let key = key(user, &message.client_id).into();
    store.put_with_key(&text.into(), &key)?;
    // Once uploaded the bytes are there already, and are only wanted when the message is tried again.
    let is_new = message.carries.as_ref().is_some_and(|carries| carries.uploaded.is_none());
    if let Some(blob) = carried::held(&message.client_id).filter(|_| is_new) {
        transaction.object_store(BLOBS)?.put_with_key(&blob, &key)?;
    }
    finish(&database, &transaction).await
}

/// Removes what has a key, or a key in a range.
async fn remove(key: &JsValue) -> Result<(), JsValue> {
    let (database, transaction, store) = begin(IdbTransactionMode::Readwrite).await?;
    store.delete(key)?;
    transaction.object_store(BLOBS)?.delete(key)?;
    finish(&database, &transaction).await
}

/// The person's messages. One that cannot be read was written by another version of this page, and is left alone.
async fn read(user: UserId) -> Result<Vec<Unsent>, JsValue> {
    let (database, transaction, store) = begin(IdbTransactionMode::Readonly).await?;
    // ";" follows ":".
    let mine = [user.get().to_string(), ":".into()].concat();
    let range = IdbKeyRange::bound(&mine.as_str().into(), &mine.replace(':', ";").into())?;
    let request = store.get_all_with_key(&range)?;
    finish(&database, &transaction).await?;
    let found = request.result()?.dyn_into::<Array>()?;
    Ok(found.iter().filter_map(|text| serde_json::from_str(&text.as_string()?).ok()).collect())
}

/// The bytes of what a message carries: those that this tab holds, or those that are kept.
pub async fn bytes_of(user: UserId, client_id: &str) -> Option<Blob> {
    if let Some(blob) = carried::held(client_id) {
        return Some(blob);
    }
    let blob = read_blob(&key(user, client_id).into()).await.ok()?;
    carried::hold(client_id, blob.clone());
    Some(blob)
}

async fn read_blob(key: &JsValue) -> Result<Blob, JsValue> {
    let (database, transaction, _) = begin(IdbTransactionMode::Readonly).await?;
    let request = transaction.object_store(BLOBS)?.get(key)?;
    finish(&database, &transaction).await?;
    request.result()?.dyn_into()
}

async fn begin(mode: IdbTransactionMode) -> Result<(IdbDatabase, IdbTransaction, IdbObjectStore), JsValue> {
    let database = open().await?;
    let names: Array = [STORE, BLOBS].into_iter().map(JsValue::from_str).collect();
    let transaction = database.transaction_with_str_sequence_and_mode(&names, mode)?;
    let store = transaction.object_store(STORE)?;
    Ok((database, transaction, store))
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let factory = web_sys::window().and_then(|window| window.indexed_db().ok()?).ok_or(JsValue::NULL)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, VERSION)?;
    let created = request.clone();
    let upgrade = Closure::once(move || {
        if let Some(database) = created.result().ok().and_then(|result| result.dyn_into::<IdbDatabase>().ok()) {
            let _is_there = database.create_object_store(STORE);
            let _is_there = database.create_object_store(BLOBS);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let opening: &IdbRequest = &request;
    settled(|done, failed| {
        opening.set_onsuccess(Some(done));
        opening.set_onerror(Some(failed));
    })
    .await?;
    request.result()?.dyn_into()
}

/// Waits until a transaction is in the storage: a request that succeeded alone may still be lost.
async fn finish(database: &IdbDatabase, transaction: &IdbTransaction) -> Result<(), JsValue> {
    let outcome = settled(|done, failed| {
        transaction.set_oncomplete(Some(done));
        transaction.set_onerror(Some(failed));
        transaction.set_onabort(Some(failed));
    })
    .await;
    database.close();
    outcome
}

/// Waits for one of two listeners to be called.
async fn settled(listen: impl FnOnce(&js_sys::Function, &js_sys::Function)) -> Result<(), JsValue> {
    let mut listen = Some(listen);
    let promise = Promise::new(&mut |done, failed| {
        if let Some(listen) = listen.take() {
            listen(&done, &failed);
        }
    });
    JsFuture::from(promise).await.map(drop)
}
