//! Long lists: items that stand beside each other come and go together.
//!
//! A browser looks at every element of a list for whatever moves in it, however empty (`far_away`). So the items of long
//! lists stand in groups, and of a group that is far away one element is left.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

/// Items of a group, at the most: about what five screens hold. Of 10,000 items 500 elements are left.
const GROUP_MAX: usize = 20;

/// Items that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group<T> {
    number: usize,
    items: Vec<T>,
}

/// All groups of a list. What did not change is shared with the grouping before: of a long list only what changes is worked
/// out anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grouping<T> {
    groups: Vec<Arc<Group<T>>>,
    /// Where each group stands, by its number.
    places: BTreeMap<usize, usize>,
    /// The number of the next group: none is used twice, as what is known of a group is known by its number.
    next: usize,
}

/// The groups of a list, as it changes. An item stays in its group, whatever comes before, between and behind.
#[derive(Clone, Copy, Debug)]
pub struct Groups<T: Send + Sync + 'static> {
    all: Memo<Grouping<T>>,
    outer: Memo<[Option<usize>; 2]>,
}

/// The groups of `items`.
#[must_use]
pub fn use_groups<T>(items: Signal<Vec<T>>) -> Groups<T>
where
    T: Copy + Ord + Send + Sync + 'static,
{
    let all = Memo::new(move |before: Option<&Grouping<T>>| {
        items.with(|items| before.unwrap_or(&Grouping::default()).changed_to(items))
    });
    let outer = Memo::new(move |_| {
        all.with(|all| [all.groups.first(), all.groups.last()].map(|group| group.map(|group| group.number)))
    });
    Groups { all, outer }
}

impl<T: Copy + Ord + Send + Sync> Groups<T> {
    /// The numbers of the groups in their order; each tells a group from all others for as long as the list lives.
    #[must_use]
    pub fn numbers(self) -> Memo<Vec<usize>> {
        Memo::new(move |_| self.all.with(|all| all.groups.iter().map(|group| group.number).collect()))
    }

    /// Whether a group is the first or the last: it may still grow.
    #[must_use]
    pub fn is_outer(self, number: usize) -> bool {
        self.outer.get().contains(&Some(number))
    }

    /// How many items stand before a group.
    #[must_use]
    pub fn first(self, number: usize) -> Memo<usize> {
        Memo::new(move |_| {
            self.all.with(|all| {
                let before = all.places.get(&number).copied().unwrap_or_default();
                all.groups.iter().take(before).map(|group| group.items.len()).sum()
            })
        })
    }

    /// The items of a group; none once it is gone.
    #[must_use]
    pub fn items(self, number: usize) -> Memo<Vec<T>> {
        Memo::new(move |_| self.all.with(|all| all.find(number).map(|group| group.items.clone()).unwrap_or_default()))
    }

    /// The items that stand right before a group and right behind it.
    #[must_use]
    pub fn neighbours(self, number: usize) -> Memo<(Option<T>, Option<T>)> {
        Memo::new(move |_| self.all.with(|all| all.neighbours(number)))
    }
}

impl<T> Default for Grouping<T> {
    fn default() -> Self {
        Self { groups: Vec::new(), places: BTreeMap::new(), next: 0 }
    }
}

impl<T: Copy + Ord> Grouping<T> {
    fn of(groups: Vec<Arc<Group<T>>>, next: usize) -> Self {
        let places = groups.iter().enumerate().map(|(at, group)| (group.number, at)).collect();
        Self { groups, places, next }
    }

    fn find(&self, number: usize) -> Option<&Group<T>> {
        self.groups.get(*self.places.get(&number)?).map(AsRef::as_ref)
    }

    fn neighbours(&self, number: usize) -> (Option<T>, Option<T>) {
        let Some(at) = self.places.get(&number) else { return (None, None) };
        let before = at.checked_sub(1).and_then(|before| self.groups.get(before)?.items.last());
        let behind = self.groups.get(at + 1).and_then(|group| group.items.first());
        (before.copied(), behind.copied())
    }

    /// The groups of `items`: where they were, as far as they were there. What is new joins what stands before it, and at the
    /// beginning what stands behind it, where there is room.
    fn changed_to(&self, items: &[T]) -> Self {
        let (head, tail) = self.same(items);
        let count = |groups: &[Arc<Group<T>>]| groups.iter().map(|group| group.items.len()).sum::<usize>();
        let (kept_before, rest) = self.groups.split_at(head);
        let (changes, kept_behind) = rest.split_at(rest.len() - tail);
        let between = count(kept_before)..items.len() - count(kept_behind);
        let mut middle = Changing::of(changes, self.next);
        middle.take(items.get(between).unwrap_or_default());
        let changed = middle.groups.into_iter().map(Arc::new);
        let groups = kept_before.iter().cloned().chain(changed).chain(kept_behind.iter().cloned()).collect();
        Self::of(groups, middle.next)
    }

    /// How many groups stay as they are before the first change, and behind the last one. Those that stand right beside it
    /// are not counted: they may take in what is new.
    fn same(&self, items: &[T]) -> (usize, usize) {
        let (mut head, mut rest) = (0, items);
        for group in &self.groups {
            let Some(behind) = rest.strip_prefix(group.items.as_slice()) else { break };
            (head, rest) = (head + 1, behind);
        }
        if rest.is_empty() && head == self.groups.len() {
            return (head, 0);
        }
        let mut tail: usize = 0;
        for group in self.groups.iter().skip(head).rev() {
            let Some(before) = rest.strip_suffix(group.items.as_slice()) else { break };
            (tail, rest) = (tail + 1, before);
        }
        (head.saturating_sub(1), tail.saturating_sub(1))
    }
}

/// Groups that change.
struct Changing<T> {
    /// The number of the group that each item was in.
    were: BTreeMap<T, usize>,
    groups: Vec<Group<T>>,
    next: usize,
}

impl<T: Copy + Ord> Changing<T> {
    fn of(groups: &[Arc<Group<T>>], next: usize) -> Self {
        let were = groups.iter().flat_map(|group| group.items.iter().map(|item| (*item, group.number)));
        Self { were: were.collect(), groups: Vec::new(), next }
    }

    fn take(&mut self, items: &[T]) {
        let lead = items.iter().take_while(|item| !self.were.contains_key(item)).count();
        // Without anything known there is nothing behind it to join.
        let (lead, rest) = items.split_at(if lead < items.len() { lead } else { 0 });
        self.append(rest);
        for item in lead.iter().rev() {
            match self.groups.first_mut().filter(|group| group.items.len() < GROUP_MAX) {
                Some(group) => group.items.insert(0, *item),
                None => {
                    let number = self.unused();
                    self.groups.insert(0, Group { number, items: vec![*item] });
                }
            }
        }
    }

    fn append(&mut self, items: &[T]) {
        // What is torn apart is several groups from then on: the one that its last item went to.
        let mut pieces = BTreeMap::<usize, usize>::new();
        for item in items {
            let was = self.were.get(item).copied();
            let piece = was.and_then(|was| pieces.get(&was).copied());
            let joins =
                |last: &&mut Group<T>| last.items.len() < GROUP_MAX && (was.is_none() || piece == Some(last.number));
            if let Some(last) = self.groups.last_mut().filter(joins) {
                last.items.push(*item);
                continue;
            }
            let number = was.filter(|_| piece.is_none()).unwrap_or_else(|| self.unused());
            if let Some(was) = was {
                pieces.insert(was, number);
            }
            self.groups.push(Group { number, items: vec![*item] });
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
        let mut first = 0;
        let each = grouping.groups.iter().map(|group| {
            first += group.items.len();
            (group.number, first - group.items.len(), group.items.len())
        });
        each.collect()
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
        /// What stays as it is comes to the same as if all of it were looked at anew.
        #[test]
        fn a_changed_list_is_grouped_as_if_all_of_it_had_changed(
            edits in prop::collection::vec((0_usize..=4, 0_usize..60, 0_usize..60), 1..20),
        ) {
            let (mut items, mut fresh, mut groups) = (Vec::<u32>::new(), 0.., Grouping::default());
            for (quarter, goes, comes) in edits {
                let at = items.len() * quarter / 4;
                let end = (at + goes).min(items.len());
                items.splice(at..end, fresh.by_ref().take(comes));
                let mut whole = Changing::of(&groups.groups, groups.next);
                whole.take(&items);
                groups = groups.changed_to(&items);
                let held: Vec<Group<u32>> = groups.groups.iter().map(|group| group.as_ref().clone()).collect();
                prop_assert_eq!((held, groups.next), (whole.groups, whole.next));
            }
        }

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
                let held: Vec<u32> = groups.groups.iter().flat_map(|group| group.items.clone()).collect();
                prop_assert_eq!(&held, &items);
                let numbers: BTreeSet<usize> = groups.groups.iter().map(|group| group.number).collect();
                prop_assert_eq!(numbers.len(), groups.groups.len());
                for group in &groups.groups {
                    prop_assert!((1..=GROUP_MAX).contains(&group.items.len()));
                    prop_assert_eq!(groups.find(group.number), Some(group.as_ref()));
                    let at = held.iter().position(|item| Some(item) == group.items.first()).unwrap();
                    let behind = held.get(at + group.items.len()).copied();
                    let before = at.checked_sub(1).map(|before| held[before]);
                    prop_assert_eq!(groups.neighbours(group.number), (before, behind));
                }
            }
        }
    }
}
