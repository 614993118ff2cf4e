//! How many connections each network address has, so that one cannot take all.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::Arc,
};

use parking_lot::Mutex;

use crate::server::auth::limits::network_of;

/// Counts connections by address. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Seats {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address: usize,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl Seats {
    /// So many for each address; the addresses of one IPv6 /64 share theirs.
    #[must_use]
    pub fn new(per_address: usize) -> Self {
        Self { taken: Arc::default(), per_address }
    }

    /// A seat for a connection from `address`; `None` when it has all of its own.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = network_of(address);
        let mut taken = self.taken.lock();
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(Seat { taken: Arc::clone(&self.taken), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.taken.lock().entry(self.address) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_seats_and_gets_them_back() {
        let seats = Seats::new(2);
        let (home, school) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = seats.take(home).unwrap();
        let _second = seats.take(home).unwrap();
        assert!(seats.take(home).is_none());
        assert!(seats.take(school).is_some());
        drop(first);
        assert!(seats.take(home).is_some());
        assert_eq!(seats.taken.lock().len(), 1);
    }
}
