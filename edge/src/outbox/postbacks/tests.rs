//! The tables against a model that is a map.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redb::backends::InMemoryBackend;

use super::*;

const ALL: DueLimits = DueLimits { rows: usize::MAX, claimed_rows: 0, bytes: usize::MAX };

#[derive(Debug, Clone)]
struct Row {
    queue: Queue,
    due_ms: i64,
    conversion: ConversionKey,
    record: Vec<u8>,
}

#[derive(Default)]
struct Model {
    journal: BTreeMap<PostbackKey, Row>,
    aside: BTreeMap<PostbackKey, Vec<u8>>,
    known: BTreeMap<ConversionKey, (i64, Vec<u8>)>,
}

impl Model {
    fn write(&mut self, mark: &PostbackMark) {
        match mark.clone() {
            PostbackMark::Journal { id, queue, due_ms, conversion, record } => {
                self.aside.remove(&id);
                self.journal.insert(id, Row { queue, due_ms, conversion, record });
            }
            PostbackMark::Settled { id } => drop(self.journal.remove(&id)),
            PostbackMark::Aside { id, record } => {
                self.journal.remove(&id);
                self.aside.insert(id, record);
            }
            PostbackMark::Known { conversion, forget_ms, record } => {
                self.known.insert(conversion, (forget_ms, record));
            }
        }
    }

    /// Due ones, and unclaimed ones that came before them for the same conversion.
    fn due(&self, now_ms: i64) -> BTreeSet<PostbackKey> {
        let is_due = |row: &Row| row.due_ms <= now_ms;
        let drawn_in = |id: PostbackKey, row: &Row| {
            let later = self.journal.range(id + 1..).map(|(_, later)| later);
            let mut later = later.filter(|later| later.conversion == row.conversion && is_due(later));
            row.queue == Queue::Unclaimed && later.any(|later| later.queue == Queue::Unclaimed)
        };
        let taken = self.journal.iter().filter(|(id, row)| is_due(row) || drawn_in(**id, row));
        taken.map(|(id, _)| *id).collect()
    }

    fn next_ms(&self, now_ms: i64) -> Option<i64> {
        self.journal.values().map(|row| row.due_ms).filter(|due_ms| *due_ms > now_ms).min()
    }
}

fn marks() -> impl Strategy<Value = Vec<PostbackMark>> {
    let id = 1_u128..12;
    let mark = prop_oneof![
        4 => (id.clone(), any::<bool>(), 0_i64..40, 0_u128..4, any::<u8>()).prop_map(
            |(id, is_claimed, due_ms, conversion, byte)| PostbackMark::Journal {
                id,
                queue: if is_claimed { Queue::Claimed } else { Queue::Unclaimed },
                due_ms,
                conversion,
                record: vec![byte],
            }
        ),
        2 => id.clone().prop_map(|id| PostbackMark::Settled { id }),
        1 => (id, any::<u8>()).prop_map(|(id, byte)| PostbackMark::Aside { id, record: vec![byte] }),
        2 => (0_u128..4, 0_i64..40, any::<u8>()).prop_map(|(conversion, forget_ms, byte)| {
            PostbackMark::Known { conversion, forget_ms, record: vec![byte] }
        }),
    ];
    prop::collection::vec(mark, 0..12)
}

fn commit(database: &Database, marks: &[PostbackMark]) {
    let marks: Vec<Mark> = marks.iter().cloned().map(Mark::Postback).collect();
    let transaction = database.begin_write().unwrap();
    write(&transaction, marks.iter()).unwrap();
    transaction.commit().unwrap();
}

fn in_memory() -> Database {
    Database::builder().create_with_backend(InMemoryBackend::new()).unwrap()
}

proptest! {
    #[test]
    fn the_journal_is_what_a_map_would_be(
        commits in prop::collection::vec(marks(), 1..12), now_ms in 0_i64..40, max_known in 0_u64..5,
    ) {
        let (database, mut model) = (in_memory(), Model::default());
        for marks in &commits {
            commit(&database, marks);
            marks.iter().for_each(|mark| model.write(mark));
        }
        let due = due(&database, now_ms, ALL).unwrap();
        let ids: BTreeSet<_> = due.rows.iter().map(|row| row.id).collect();
        prop_assert_eq!(&ids, &model.due(now_ms));
        prop_assert_eq!(due.rows.len(), ids.len(), "one came twice");
        prop_assert_eq!(due.next_ms, model.next_ms(now_ms));
        for row in &due.rows {
            let kept = &model.journal[&row.id];
            prop_assert_eq!((&row.record, row.conversion), (&kept.record, kept.conversion));
        }
        // Of a conversion those that are not claimed come in the order they came in.
        for conversion in 0..4 {
            let of_it = due.rows.iter().filter(|row| row.conversion == conversion && row.queue == Queue::Unclaimed);
            prop_assert!(of_it.map(|row| row.id).is_sorted());
        }
        let order = table(&database, ORDER).unwrap();
        let unclaimed = model.journal.values().filter(|row| row.queue == Queue::Unclaimed).count() as u64;
        prop_assert_eq!(order.map_or(0, |order| order.len().unwrap()), unclaimed, "the index leaks");
        let transaction = database.begin_write().unwrap();
        sweep(&transaction, now_ms, max_known).unwrap();
        transaction.commit().unwrap();
        model.known.retain(|_, (forget_ms, _)| *forget_ms > now_ms);
        while model.known.len() as u64 > max_known {
            let oldest = model.known.iter().map(|(conversion, (forget_ms, _))| (*forget_ms, *conversion)).min();
            model.known.remove(&oldest.unwrap().1);
        }
        let known = table(&database, KNOWN).unwrap().unwrap();
        let known: BTreeMap<_, _> = known.iter().unwrap().map(|row| {
            let (conversion, value) = row.unwrap();
            let (forget_ms, record) = value.value();
            (conversion.value(), (forget_ms, record.to_vec()))
        }).collect();
        let forget = table(&database, FORGET).unwrap().unwrap();
        prop_assert_eq!(forget.len().unwrap(), known.len() as u64, "the index leaks");
        prop_assert_eq!(known, model.known);
    }

    #[test]
    fn working_it_off_in_batches_meets_each_once_and_keeps_the_order(
        conversions in prop::collection::vec((0_u128..5, 0_i64..3, any::<bool>()), 1..60),
        rows in 1_usize..8,
    ) {
        let database = in_memory();
        let added: Vec<_> = conversions.iter().zip(1_u128..).map(|((conversion, due_ms, is_claimed), id)| {
            let queue = if *is_claimed { Queue::Claimed } else { Queue::Unclaimed };
            PostbackMark::Journal { id, queue, due_ms: *due_ms, conversion: *conversion, record: Vec::new() }
        }).collect();
        commit(&database, &added);
        let limits = DueLimits { rows, claimed_rows: rows / 4, bytes: usize::MAX };
        let (mut met, mut turns) = (Vec::new(), 0);
        loop {
            let due = due(&database, 3, limits).unwrap();
            prop_assert!(due.rows.len() <= rows + 1);
            if due.rows.is_empty() {
                break;
            }
            let done: Vec<_> = due.rows.into_iter().filter(|row| !row.is_ahead).collect();
            commit(&database, &done.iter().map(|row| PostbackMark::Settled { id: row.id }).collect::<Vec<_>>());
            met.extend(done);
            turns += 1;
            prop_assert!(turns <= conversions.len());
        }
        prop_assert_eq!(met.len(), conversions.len());
        for conversion in 0..5 {
            let of_it = met.iter().filter(|row| row.conversion == conversion && row.queue == Queue::Unclaimed);
            prop_assert!(of_it.map(|row| row.id).is_sorted());
        }
        let journal = table(&database, JOURNAL).unwrap().unwrap();
        prop_assert_eq!(journal.len().unwrap(), 0);
    }
}

#[test]
fn a_conversion_that_only_waits_and_does_not_fit_keeps_nobody_else_waiting() {
    const WAITING: PostbackKey = 20;
    let (now_ms, later_ms) = (10, 1_000);
    let limits = DueLimits { rows: 4, claimed_rows: 1, bytes: usize::MAX };
    let journal = |id, due_ms, conversion| PostbackMark::Journal {
        id,
        queue: Queue::Unclaimed,
        due_ms,
        conversion,
        record: Vec::new(),
    };
    let database = in_memory();
    // The last ones have just come; those before them are to be looked at later.
    let of_one = (1..=WAITING).map(|id| journal(id, if id > 15 { 0 } else { later_ms }, 1));
    commit(&database, &of_one.chain([journal(WAITING + 1, 5, 2)]).collect::<Vec<_>>());
    for turn in 0.. {
        assert!(turn < 2 * WAITING, "the same ones come for ever");
        let due = due(&database, now_ms, limits).unwrap();
        assert!(due.rows.len() <= limits.rows + 1);
        let mut of_one = due.rows.iter().filter(|row| row.conversion == 1);
        assert!(of_one.all(|row| row.is_ahead == (row.id > limits.rows as PostbackKey)));
        if due.rows.iter().any(|row| row.conversion == 2) {
            break;
        }
        let again = due.rows.iter().map(|row| journal(row.id, later_ms, row.conversion));
        commit(&database, &again.collect::<Vec<_>>());
    }
}
