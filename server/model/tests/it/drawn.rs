//! Trees that are drawn in a few lines, for layouts that nobody recorded, and what is shown of them.

use std::sync::Arc;

use zooscope_model::{Record, Revision, Tree, plan, project};
use zooscope_protocol::lock::LockSort;
use zooscope_protocol::queue::QueueSort;
use zooscope_protocol::{
    Action, Confidence, Lock, Member, MemberState, RefusalCode, Stat, Status, Target, Timestamp, ZnodePath,
    Zxid,
};

use crate::recorded::info;

/// What stands for a GUID in a drawing: 32 hexadecimal digits, or a UUID with its dashes.
const GUIDS: [(&str, &str); 4] = [
    ("{A}", "0ce3bb870cf94763bb371e94d0ab7deb"),
    ("{B}", "eeb9107aa40e4e47bc83510c11afbfa4"),
    ("{a}", "129fe62a-2e13-4a62-aa42-cdf1a4d5a9f5"),
    ("{b}", "5c57721e-2945-4baf-9865-8b85d6bcdb89"),
];

/// A drawn tree as the first live revision.
#[derive(Debug)]
pub(crate) struct Drawn(pub(crate) Revision);

impl Drawn {
    /// One znode a line: its path, `@` and the number of its session where it is ephemeral, `=` and its data. Znodes are
    /// created in this order; parents that are not drawn are persistent.
    pub(crate) fn tree(text: &str) -> Self {
        let mut tree = Tree::default();
        for (number, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
            let line = GUIDS.iter().fold(line.to_owned(), |line, (short, guid)| line.replace(short, guid));
            let (line, data) = line.split_once(" = ").unwrap_or((&line, ""));
            let (path, session) = line.split_once(" @").unwrap_or((line, "0"));
            let path = ZnodePath::parse(path.trim()).unwrap();
            let mut missing: Vec<_> = std::iter::successors(path.parent(), ZnodePath::parent)
                .take_while(|parent| tree.get(parent).is_none())
                .collect();
            while let Some(parent) = missing.pop() {
                tree.put(&parent, record(1, 0, ""));
            }
            let czxid = 10 + i64::try_from(number).unwrap();
            tree.put(&path, record(czxid, session.trim().parse().unwrap(), data));
        }
        Self(Revision::first(info(Status::Scanning), Timestamp(0)).next(
            tree,
            info(Status::Live),
            Timestamp(1_000),
        ))
    }

    /// All locks with all their members, by path.
    pub(crate) fn locks(&self) -> Vec<Lock> {
        let paths = project::lock_paths(&self.0, "", LockSort::Path);
        paths.iter().map(|path| project::lock(&self.0, path, usize::MAX).unwrap()).collect()
    }

    /// Nothing is shown.
    #[track_caller]
    pub(crate) fn is_nothing(&self) {
        assert_eq!(self.locks(), []);
        assert_eq!(project::queue_paths(&self.0, "", QueueSort::Path), []);
    }

    /// The one lock that is shown. What it is called and how sure that is, who holds and who waits for whom: `a b | c>b`.
    /// What is not certain and what is left alone is not released, and says why.
    #[track_caller]
    pub(crate) fn is_lock(&self, path: &str, recipe: &str, confidence: Confidence, stands: &str) -> Lock {
        let [lock] = self.locks().try_into().unwrap();
        assert_eq!(project::queue_paths(&self.0, "", QueueSort::Path), []);
        assert_eq!(lock.path.as_str(), path);
        assert_eq!(lock.recipe.to_string(), recipe);
        assert_eq!((lock.confidence, standing(&lock).as_str()), (confidence, stands));
        assert!(project::lock_because(&self.0, &lock.path).ends_with('.'));
        assert_eq!(lock.findings.iter().filter(|finding| finding.code == "foreign_child").count(), 0);
        if let Some(holder) = lock.holders.first() {
            let refused = plan(&self.0, "demo", &Action::Release(target(holder)));
            let acted = lock.hands_off.is_none()
                && confidence == Confidence::Certain
                && holder.state == MemberState::Holding;
            assert_eq!(refused.is_ok(), acted);
            if let Err(refusal) = refused {
                assert_eq!(refusal.code, RefusalCode::NotAllowed);
                assert!(
                    lock.hands_off.as_ref().is_none_or(|why| refusal.detail == *why),
                    "{}",
                    refusal.detail
                );
            }
        }
        lock
    }

    /// The one queue that is shown, with its depth. Nothing is requeued in what is not certain or is left alone.
    #[track_caller]
    pub(crate) fn is_queue(&self, path: &str, recipe: &str, confidence: Confidence, depth: usize) {
        assert_eq!(self.locks(), []);
        let [shown] = project::queue_paths(&self.0, "", QueueSort::Path).try_into().unwrap();
        let queue = project::queue(&self.0, &shown).unwrap();
        assert_eq!((shown.as_str(), queue.recipe.to_string().as_str()), (path, recipe));
        assert_eq!((queue.confidence, queue.depth as usize), (confidence, depth));
        assert!(project::queue_because(&self.0, &shown).ends_with('.'));
        assert_eq!(queue.findings, []);
        let items = project::items(&self.0, &shown, 0, usize::MAX).unwrap();
        assert_eq!(items.len(), depth);
        let item = &items[0];
        let target =
            Target { path: item.path.clone(), czxid: item.czxid, version: item.version, session: None };
        let planned = plan(&self.0, "demo", &Action::Requeue(target.into())).map_err(|refusal| refusal.code);
        if queue.hands_off.is_some() || confidence == Confidence::Likely {
            assert_eq!(planned, Err(RefusalCode::NotAllowed));
        } else {
            planned.unwrap();
        }
    }
}

/// The target that a person would act on.
pub(crate) fn target(member: &Member) -> Target {
    Target {
        path: member.path.clone(),
        czxid: member.czxid,
        version: member.version,
        session: member.session,
    }
}

fn standing(lock: &Lock) -> String {
    let short =
        |name: &str| GUIDS.iter().fold(name.to_owned(), |name, (short, guid)| name.replace(guid, short));
    let holders = lock.holders.iter().map(|holder| short(&holder.name));
    let waiters = lock.waiters.iter().map(|waiter| {
        let watched = waiter.waits_for.as_ref().map(|path| short(path.name())).unwrap_or_default();
        format!("{}>{watched}", short(&waiter.name))
    });
    let told = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(" ");
    let (holders, waiters) = (told(&mut holders.into_iter()), told(&mut waiters.into_iter()));
    format!("{holders} | {waiters}").trim().to_owned()
}

fn record(czxid: i64, session: i64, data: &str) -> Record {
    let data: Arc<[u8]> = Arc::from(data.as_bytes());
    let stat = Stat {
        czxid: Zxid(czxid),
        ctime: Timestamp(czxid),
        ephemeral_owner: session,
        data_length: i32::try_from(data.len()).unwrap(),
        ..Stat::default()
    };
    Record { stat, data, readable: true }
}
