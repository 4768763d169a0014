//! The laws of the wire: a delta leads from one content to the other, frames survive both codecs, and no bytes panic a reader.

use proptest::prelude::*;
use zooscope_protocol::codec::{Codec, Message};
use zooscope_protocol::ladder::{Deed, Ladder, Rung};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::view::{
    ChildList, Journal, LockDetail, LockList, QueueDetail, QueueList, SessionList,
};
use zooscope_protocol::*;

/// Few names, so that two contents share many rows.
fn name() -> impl Strategy<Value = String> {
    (0..12_u8).prop_map(|n| format!("n{n}"))
}

fn path() -> impl Strategy<Value = ZnodePath> {
    name().prop_map(|name| ZnodePath::root().child(&name).unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_i64).prop_map(|n| Timestamp(n * 1_000))
}

fn stat() -> impl Strategy<Value = Stat> {
    (0..3_i64, 0..3_i32).prop_map(|(czxid, version)| Stat { czxid: Zxid(czxid), version, ..Stat::default() })
}

prop_compose! {
    fn member()(
        path in path(),
        mode in prop_oneof![Just(Mode::Exclusive), Just(Mode::Write), Just(Mode::Read), Just(Mode::Lease)],
        session in proptest::option::of(any::<i64>().prop_map(SessionId)),
        identity in proptest::option::of(".{0,4}"),
        sequence in proptest::option::of(any::<i32>()),
        created in time(),
        czxid in 0..5_i64,
        waits_for in proptest::option::of(path()),
        waiting in any::<bool>(),
    ) -> Member {
        Member {
            name: path.name().to_owned(),
            path,
            mode,
            session,
            identity,
            client: None,
            created,
            sequence,
            czxid: Zxid(czxid),
            version: 0,
            waits_for,
            state: if waiting { MemberState::Waiting } else { MemberState::Holding },
        }
    }
}

prop_compose! {
    fn lock()(
        path in path(),
        kind in prop_oneof![Just(LockKind::Mutex), Just(LockKind::Semaphore), Just(LockKind::Election)],
        recipe in proptest::collection::vec("[a-z]{1,4}", 1..3),
        capacity in proptest::option::of(0..9_u32),
        holders in proptest::collection::vec(member(), 0..3),
        blocked in 0..4_u32,
        held_since in proptest::option::of(time()),
        waiting_since in proptest::option::of(time()),
        held_seen in any::<bool>(),
    ) -> Lock {
        Lock {
            path,
            kind,
            recipe: Recipe(recipe),
            confidence: Confidence::Certain,
            capacity,
            held_by: u32::try_from(holders.len()).unwrap(),
            holders,
            waiters: Vec::new(),
            blocked,
            behind: blocked,
            hands_off: None,
            held_since,
            held_seen,
            waiting_since,
            findings: Vec::new(),
        }
    }
}

prop_compose! {
    fn rung()(path in path(), offered in any::<bool>(), expires in proptest::option::of(time())) -> Rung {
        let target = Target { path, czxid: Zxid(1), version: 0, session: Some(SessionId(7)) };
        let rung = Rung::offered(Deed::Release, "because", Some(target));
        if offered { rung } else { Rung { expires, ..Rung::refused(Deed::Stop, "not", RefusalCode::NotAllowed) } }
    }
}

prop_compose! {
    fn ladder()(path in path(), rungs in proptest::collection::vec(rung(), 0..3)) -> Ladder {
        Ladder { path, rungs }
    }
}

prop_compose! {
    fn session()(behind in 0..3_u32, waits in proptest::collection::vec(path(), 0..2), since in time(), client in proptest::option::of("[a-z]{1,3}")) -> Session {
        Session {
            session: SessionId(0),
            peer: Peer { client, ..Peer::default() },
            identity: None,
            holds: Vec::new(),
            waits,
            ephemerals: 1,
            behind,
            since,
        }
    }
}

prop_compose! {
    fn queue()(path in path(), depth in 0..4_u32, oldest in proptest::option::of(time()), rate in proptest::option::of(0..3_u8)) -> Queue {
        Queue {
            path,
            kind: QueueKind::Fifo,
            recipe: Recipe::one("kazoo.Queue"),
            confidence: Confidence::Certain,
            depth,
            in_flight: None,
            oldest,
            in_rate: rate.map(f64::from),
            out_rate: None,
            consumers: None,
            trend: vec![depth],
            hands_off: None,
            findings: Vec::new(),
        }
    }
}

prop_compose! {
    fn item()(path in path(), rank in "[a-c]{1,2}", size in 0..3_u32, taken in proptest::option::of(any::<i64>())) -> Item {
        Item {
            name: path.name().to_owned(),
            path,
            rank,
            sequence: None,
            priority: None,
            not_before: None,
            size,
            created: Timestamp(0),
            taken_by: taken.map(SessionId),
            preview: Bytes(vec![7; size as usize]),
            czxid: Zxid(1),
            version: 0,
            letter: None,
        }
    }
}

prop_compose! {
    fn child()(name in name(), version in 0..3_i32, readable in any::<bool>()) -> Child {
        Child {
            name,
            created: Timestamp(0),
            modified: Timestamp(0),
            session: None,
            czxid: Zxid(1),
            version,
            data_length: 0,
            num_children: 0,
            readable,
            recipe: None,
        }
    }
}

/// Rows as a server sends them: each key once, in their order.
fn rows<T: Clone + std::fmt::Debug>(
    row: impl Strategy<Value = T>,
    key: impl Fn(&T) -> String + Clone,
    order: impl Fn(&T, &T) -> std::cmp::Ordering + Clone,
) -> impl Strategy<Value = Vec<T>> {
    proptest::collection::vec(row, 0..12).prop_map(move |mut rows| {
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(key(row)));
        rows.sort_by(order.clone());
        rows
    })
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    rows(member(), |member| member.name.clone(), Member::order)
}

fn content() -> impl Strategy<Value = Content> {
    let sorts = prop_oneof![
        Just(LockSort::Blocked),
        Just(LockSort::Held),
        Just(LockSort::Waiting),
        Just(LockSort::Path)
    ];
    let locks = sorts.prop_flat_map(|sort| {
        let rows = rows(lock(), |lock| lock.path.to_string(), move |a, b| a.order(b, sort));
        (rows, 0..20_u32).prop_map(move |(rows, total)| Content::Locks(LockList { sort, total, rows }))
    });
    let one = (
        proptest::option::of(lock().prop_map(Box::new)),
        members(),
        members(),
        rows(ladder(), |ladder| ladder.path.to_string(), |a, b| a.path.cmp(&b.path)),
        proptest::collection::vec(rung(), 0..2),
    )
        .prop_map(|(lock, holders, waiters, ladders, cures)| {
            let because = String::new();
            Content::Lock(LockDetail { lock, holders, waiters, because, ladders, cures })
        });
    let sorts = prop_oneof![Just(QueueSort::Oldest), Just(QueueSort::Depth), Just(QueueSort::Path)];
    let queues = sorts.prop_flat_map(|sort| {
        let rows = rows(queue(), |queue| queue.path.to_string(), move |a, b| a.order(b, sort));
        (rows, 0..20_u32).prop_map(move |(rows, total)| Content::Queues(QueueList { sort, total, rows }))
    });
    let items = rows(item(), |item| item.name.clone(), Item::order);
    let one_queue = (proptest::option::of(queue().prop_map(Box::new)), 0..2_u32, items).prop_map(
        |(queue, start, items)| Content::Queue(QueueDetail { queue, start, items, because: String::new() }),
    );
    let children = rows(child(), |child| child.name.clone(), |a, b| a.name.cmp(&b.name));
    let children = (proptest::option::of(stat()), any::<bool>(), 0..20_u32, 0..2_u32, children).prop_map(
        |(stat, readable, total, start, rows)| {
            Content::Children(ChildList { stat, readable, total, start, rows })
        },
    );
    let sessions =
        (proptest::collection::btree_map(0..6_i64, session(), 0..5), 0..20_u32).prop_map(|(rows, total)| {
            let mut rows: Vec<Session> =
                rows.into_iter().map(|(id, session)| Session { session: SessionId(id), ..session }).collect();
            rows.sort_by(Session::order);
            Content::Sessions(SessionList { total, rows, sources: Vec::new() })
        });
    prop_oneof![locks, one, queues, one_queue, children, sessions, journal(), Just(Content::Node(None))]
}

/// A window of one endless journal, as every journal view is.
fn journal() -> impl Strategy<Value = Content> {
    (0..30_u64, 1..12_u32).prop_map(|(newest, limit)| {
        let first = (newest + 1).saturating_sub(u64::from(limit)).max(1);
        let event = |seq| Event {
            seq,
            at: Timestamp(i64::try_from(seq).unwrap()),
            kind: EventKind::Created,
            path: None,
            zxid: None,
            note: None,
        };
        Content::Journal(Journal { limit, dropped: 0, newest, events: (first..=newest).map(event).collect() })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_delta_leads_from_one_content_to_the_other(a in content(), b in content()) {
        let mut shown = a.clone();
        match Delta::between(&a, &b) {
            None => prop_assert_eq!(&a, &b),
            Some(delta) => {
                shown.apply(delta).unwrap();
                prop_assert_eq!(shown, b);
            }
        }
    }

    #[test]
    fn a_frame_survives_both_codecs(content in content(), id in any::<u32>(), revision in 0..(1_u64 << 53)) {
        let frame = ServerFrame::Snapshot { id: SubscriptionId(id), revision: RevisionId(revision), content };
        for codec in Codec::ALL {
            let message = codec.encode(&frame).unwrap();
            prop_assert_eq!(&codec.decode::<ServerFrame>(&message).unwrap(), &frame, "{:?}", codec);
        }
    }

    #[test]
    fn a_frame_around_what_was_written_before_is_the_frame(a in content(), b in content(), id in any::<u32>(), from in 0..(1_u64 << 53), to in 0..(1_u64 << 53)) {
        let (id, from, to) = (SubscriptionId(id), RevisionId(from), RevisionId(to));
        for codec in Codec::ALL {
            let written = codec.snapshot(id, to, &codec.encode(&b).unwrap());
            prop_assert_eq!(written, codec.encode(&ServerFrame::Snapshot { id, revision: to, content: b.clone() }).unwrap());
            if let Some(delta) = Delta::between(&a, &b) {
                let written = codec.delta(id, from, to, &codec.encode(&delta).unwrap());
                prop_assert_eq!(written, codec.encode(&ServerFrame::Delta { id, from, to, delta }).unwrap());
            }
        }
    }

    #[test]
    fn no_bytes_panic_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        drop(Codec::Postcard.decode_client::<ClientFrame>(&Message::Binary(bytes.clone())));
        drop(Codec::Postcard.decode::<ServerFrame>(&Message::Binary(bytes)));
        drop(Codec::Json.decode_client::<ClientFrame>(&Message::Text(text)));
    }

    #[test]
    fn a_path_is_what_it_was_parsed_from(text in "[/a.\u{0}-\u{7f}é]{0,12}") {
        if let Ok(path) = ZnodePath::parse(&text) {
            prop_assert_eq!(path.as_str(), &text);
            prop_assert!(path.segments().all(|segment| !matches!(segment, "" | "." | "..")));
            if let Some(parent) = path.parent() {
                prop_assert_eq!(&parent.child(path.name()).unwrap(), &path);
                prop_assert!(path.is_within(&parent));
            }
        }
    }
}

#[test]
fn a_frame_that_is_too_long_is_refused_unread() {
    let long = Message::Text(" ".repeat(Codec::MAX_CLIENT_BYTES + 1));
    let refused = Codec::Json.decode_client::<ClientFrame>(&long);
    assert!(matches!(refused, Err(codec::DecodeError::TooLong)), "{refused:?}");
}
