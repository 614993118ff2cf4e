//! Long lists: items that stand beside each other come and go together.
//!
//! A browser looks at every element of a list for whatever moves in it, however empty (`far_away`). So the items of long
//! lists stand in groups, and of a group that is far away one element is left.

use std::collections::BTreeMap;

use leptos::prelude::*;

/// Items of a group, at the most: about what five screens hold. Of 10,000 items 500 elements are left.
const GROUP_MAX: usize = 20;

/// Items that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group<T> {
    number: usize,
    /// How many items stand before it.
    first: usize,
    items: Vec<T>,
}

/// All groups of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grouping<T> {
    groups: Vec<Group<T>>,
    /// The number of the next group: none is used twice, as what is known of a group is known by its number.
    next: usize,
}

/// The groups of a list, as it changes. An item stays in its group, whatever comes before, between and behind.
#[derive(Clone, Copy, Debug)]
pub struct Groups<T: Send + Sync + 'static>(Memo<Grouping<T>>);

/// The groups of `items`.
#[must_use]
pub fn use_groups<T>(items: Signal<Vec<T>>) -> Groups<T>
where
    T: Copy + Ord + Send + Sync + 'static,
{
    Groups(Memo::new(move |before: Option<&Grouping<T>>| {
        items.with(|items| before.unwrap_or(&Grouping::default()).changed_to(items))
    }))
}

impl<T: Copy + Ord + Send + Sync> Groups<T> {
    /// The numbers of the groups in their order; each tells a group from all others for as long as the list lives.
    #[must_use]
    pub fn numbers(self) -> Memo<Vec<usize>> {
        Memo::new(move |_| self.0.with(|all| all.groups.iter().map(|group| group.number).collect()))
    }

    /// Whether a group is the first or the last: it may still grow.
    #[must_use]
    pub fn is_outer(self, number: usize) -> Memo<bool> {
        Memo::new(move |_| {
            self.0.with(|all| {
                [all.groups.first(), all.groups.last()].iter().flatten().any(|group| group.number == number)
            })
        })
    }

    /// How many items stand before a group.
    #[must_use]
    pub fn first(self, number: usize) -> Memo<usize> {
        Memo::new(move |_| self.0.with(|all| all.find(number).map_or(0, |group| group.first)))
    }

    /// The items of a group; none once it is gone.
    #[must_use]
    pub fn items(self, number: usize) -> Memo<Vec<T>> {
        Memo::new(move |_| self.0.with(|all| all.find(number).map(|group| group.items.clone()).unwrap_or_default()))
    }
}

impl<T> Default for Grouping<T> {
    fn default() -> Self {
        Self { groups: Vec::new(), next: 0 }
    }
}

impl<T: Copy + Ord> Grouping<T> {
    fn find(&self, number: usize) -> Option<&Group<T>> {
        self.groups.iter().find(|group| group.number == number)
    }

    fn items(&self) -> impl DoubleEndedIterator<Item = (T, usize)> {
        self.groups.iter().flat_map(|group| group.items.iter().map(|item| (*item, group.number)))
    }

    /// The groups of `items`: where they were, as far as they were there. What is new joins what stands before it, and at the
    /// beginning what stands behind it, where there is room.
    fn changed_to(&self, items: &[T]) -> Self {
        let numbers = self.numbers_of(items);
        let lead = numbers.iter().take_while(|number| number.is_none()).count();
        // Without anything known there is nothing behind it to join.
        let lead = if lead < items.len() { lead } else { 0 };
        let mut changed = Self { groups: Vec::new(), next: self.next };
        changed.append(items.iter().copied().zip(numbers).skip(lead));
        for item in items.iter().take(lead).rev() {
            match changed.groups.first_mut().filter(|group| group.items.len() < GROUP_MAX) {
                Some(group) => group.items.insert(0, *item),
                None => {
                    let number = changed.unused();
                    changed.groups.insert(0, Group { number, first: 0, items: vec![*item] });
                }
            }
        }
        let mut first = 0;
        for group in &mut changed.groups {
            group.first = first;
            first += group.items.len();
        }
        changed
    }

    /// The groups that items were in. Most lists change in one place: what is the same before and behind it need not be
    /// looked for.
    fn numbers_of(&self, items: &[T]) -> Vec<Option<usize>> {
        let before: Vec<(T, usize)> = self.items().collect();
        let shorter = before.len().min(items.len());
        let same = |((was, _), is): &(&(T, usize), &T)| was == *is;
        let head = before.iter().zip(items).take_while(same).count();
        let tail = before.iter().rev().zip(items.iter().rev()).take(shorter - head).take_while(same).count();
        let known: BTreeMap<T, usize> = before.iter().skip(head).take(before.len() - head - tail).copied().collect();
        let number = |(at, item): (usize, &T)| {
            if at < head {
                before.get(at).map(|(_, number)| *number)
            } else if at >= items.len() - tail {
                before.get(at + before.len() - items.len()).map(|(_, number)| *number)
            } else {
                known.get(item).copied()
            }
        };
        items.iter().enumerate().map(number).collect()
    }

    /// Adds items with the number of the group that each was in.
    fn append(&mut self, items: impl Iterator<Item = (T, Option<usize>)>) {
        // What is torn apart is several groups from then on: the one that its last item went to.
        let mut pieces = BTreeMap::<usize, usize>::new();
        for (item, was) in items {
            let piece = was.and_then(|was| pieces.get(&was).copied());
            let joins =
                |last: &&mut Group<T>| last.items.len() < GROUP_MAX && (was.is_none() || piece == Some(last.number));
            if let Some(last) = self.groups.last_mut().filter(joins) {
                last.items.push(item);
                continue;
            }
            let number = was.filter(|_| piece.is_none()).unwrap_or_else(|| self.unused());
            if let Some(was) = was {
                pieces.insert(was, number);
            }
            self.groups.push(Group { number, first: 0, items: vec![item] });
        }
    }

    fn unused(&mut self) -> usize {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        number
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The number of each group, how many items stand before it, and how many are in it.
    fn of(grouping: &Grouping<u32>) -> Vec<(usize, usize, usize)> {
        grouping.groups.iter().map(|group| (group.number, group.first, group.items.len())).collect()
    }

    #[test]
    fn items_stay_in_their_group() {
        let page: Vec<u32> = (100..145).collect();
        let groups = Grouping::default().changed_to(&page);
        assert_eq!(of(&groups), [(0, 0, 20), (1, 20, 20), (2, 40, 5)]);
        // What comes behind fills the last group.
        let older: Vec<u32> = (100..150).collect();
        let groups = groups.changed_to(&older);
        assert_eq!(of(&groups), [(0, 0, 20), (1, 20, 20), (2, 40, 10)]);
        // What comes before has groups of its own, which fill from their end.
        let newer: Vec<u32> = (97..150).collect();
        let groups = groups.changed_to(&newer);
        assert_eq!(of(&groups), [(3, 0, 3), (0, 3, 20), (1, 23, 20), (2, 43, 10)]);
        let newer: Vec<u32> = (75..150).collect();
        let groups = groups.changed_to(&newer);
        assert_eq!(of(&groups), [(4, 0, 5), (3, 5, 20), (0, 25, 20), (1, 45, 20), (2, 65, 10)]);
        // One that goes leaves its place empty, and a group that has none is gone.
        let fewer: Vec<u32> = newer.into_iter().filter(|item| *item >= 100 && *item != 130).collect();
        let groups = groups.changed_to(&fewer);
        assert_eq!(of(&groups), [(0, 0, 20), (1, 20, 19), (2, 39, 10)]);
        // Its number is not used again.
        let anew: Vec<u32> = (200..210).collect();
        assert_eq!(of(&groups.changed_to(&anew)), [(5, 0, 10)]);
        // What is torn apart goes on as two.
        let whole = Grouping::default().changed_to(&(0..20).collect::<Vec<_>>());
        let torn: Vec<u32> = (0..10).chain(100..115).chain(10..20).collect();
        assert_eq!(of(&whole.changed_to(&torn)), [(0, 0, 20), (1, 20, 5), (2, 25, 10)]);
    }

    proptest! {
        /// Whatever happens to a list, its groups hold its items in their order, none is too large, and none has the
        /// number of another.
        #[test]
        fn groups_hold_all_in_order(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..200, 0..120), 1..12),
            turned in any::<bool>(),
        ) {
            let mut groups = Grouping::default();
            for (at, list) in lists.into_iter().enumerate() {
                let mut items: Vec<u32> = list.into_iter().collect();
                if turned && at % 2 == 1 {
                    items.reverse();
                }
                groups = groups.changed_to(&items);
                let held: Vec<u32> = groups.items().map(|(item, _)| item).collect();
                prop_assert_eq!(&held, &items);
                let numbers: BTreeSet<usize> = groups.groups.iter().map(|group| group.number).collect();
                prop_assert_eq!(numbers.len(), groups.groups.len());
                let mut before = 0;
                for group in &groups.groups {
                    prop_assert_eq!(group.first, before);
                    prop_assert!((1..=GROUP_MAX).contains(&group.items.len()));
                    before += group.items.len();
                }
            }
        }
    }
}
