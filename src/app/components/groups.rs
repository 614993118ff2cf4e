//! Long lists: items that stand beside each other come and go together.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;

/// Items of a group, at the most: about what two screens hold.
const GROUP_MAX: usize = 20;

/// Items that stand beside each other. An item stays in its group, whatever comes before, between and behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<T> {
    /// Tells it from the others, for as long as the list lives.
    pub number: usize,
    /// How many items stand before it.
    pub first: usize,
    /// Its items.
    pub items: Vec<T>,
}

/// The groups of a list, as it changes.
#[must_use]
pub fn use_groups<T>(items: Signal<Vec<T>>) -> Memo<Vec<Group<T>>>
where
    T: Copy + Ord + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Vec<Group<T>>>| {
        items.with(|items| regroup(before.map(Vec::as_slice).unwrap_or_default(), items))
    })
}

/// How many items stand before a group, and its own. Nothing once it is gone.
#[must_use]
pub fn use_group<T>(groups: Memo<Vec<Group<T>>>, number: usize) -> (Memo<usize>, Memo<Vec<T>>)
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let first = Memo::new(move |_| groups.with(|groups| find(groups, number).map_or(0, |group| group.first)));
    let items = Memo::new(move |_| {
        groups.with(|groups| find(groups, number).map(|group| group.items.clone()).unwrap_or_default())
    });
    (first, items)
}

fn find<T>(groups: &[Group<T>], number: usize) -> Option<&Group<T>> {
    groups.iter().find(|group| group.number == number)
}

/// The groups of `items`, where they were in these `before`.
fn regroup<T: Copy + Ord>(before: &[Group<T>], items: &[T]) -> Vec<Group<T>> {
    let known: BTreeMap<T, usize> =
        before.iter().flat_map(|group| group.items.iter().map(|item| (*item, group.number))).collect();
    let mut unused = before.iter().map(|group| group.number.saturating_add(1)).max().unwrap_or_default();
    let (mut groups, mut used) = (Vec::<Group<T>>::new(), BTreeSet::new());
    for (first, item) in items.iter().enumerate() {
        let number = known.get(item).copied();
        let joins = |last: &&mut Group<T>| match number {
            Some(number) => last.number == number,
            None => last.items.len() < GROUP_MAX,
        };
        if let Some(last) = groups.last_mut().filter(joins) {
            last.items.push(*item);
            continue;
        }
        // What was torn apart is two groups now.
        let number = number.filter(|number| !used.contains(number)).unwrap_or_else(|| {
            unused = unused.saturating_add(1);
            unused.saturating_sub(1)
        });
        used.insert(number);
        groups.push(Group { number, first, items: vec![*item] });
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(groups: &[Group<u32>]) -> Vec<(usize, usize, usize)> {
        groups.iter().map(|group| (group.number, group.first, group.items.len())).collect()
    }

    #[test]
    fn items_stay_in_their_group() {
        let page: Vec<u32> = (100..145).collect();
        let groups = regroup(&[], &page);
        assert_eq!(of(&groups), [(0, 0, 20), (1, 20, 20), (2, 40, 5)]);
        // Older ones fill the last group; newer ones have one of their own above.
        let more: Vec<u32> = (95..150).collect();
        let groups = regroup(&groups, &more);
        assert_eq!(of(&groups), [(3, 0, 5), (0, 5, 20), (1, 25, 20), (2, 45, 10)]);
        // One that goes leaves its place empty, and a group that has none is gone.
        let fewer: Vec<u32> = more.into_iter().filter(|item| *item >= 100 && *item != 130).collect();
        let groups = regroup(&groups, &fewer);
        assert_eq!(of(&groups), [(0, 0, 20), (1, 20, 19), (2, 39, 10)]);
    }

    proptest! {
        /// Whatever happens to a list, its groups hold its items in their order, and none has the number of another.
        #[test]
        fn groups_hold_all_in_order(lists in prop::collection::vec(prop::collection::btree_set(0_u32..200, 0..120), 1..12), turned in any::<bool>()) {
            let mut groups = Vec::new();
            for (at, list) in lists.into_iter().enumerate() {
                let mut items: Vec<u32> = list.into_iter().collect();
                if turned && at % 2 == 1 {
                    items.reverse();
                }
                groups = regroup(&groups, &items);
                let held: Vec<u32> = groups.iter().flat_map(|group| group.items.clone()).collect();
                prop_assert_eq!(&held, &items);
                let numbers: BTreeSet<usize> = groups.iter().map(|group| group.number).collect();
                prop_assert_eq!(numbers.len(), groups.len());
                let mut before = 0;
                for group in &groups {
                    prop_assert_eq!(group.first, before);
                    before += group.items.len();
                }
            }
        }
    }
}
