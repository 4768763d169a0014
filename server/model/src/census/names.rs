//! What the name of a znode says about it: a pure function of the name, of its being ephemeral, and of the few first
//! bytes of its data where two programs share a name.

use zooscope_protocol::{Mode, SessionId};

use super::family::{Family, Place, Shape, Sighting};
use super::{item_name, sequence};
use crate::tree::{Name, Znode};

/// Says what a child of a directory is, by its name; `None` for a name of no known family.
pub(crate) fn classify(name: &Name, znode: &Znode) -> Option<Sighting> {
    let last = *name.as_bytes().last()?;
    let session = znode.stat().owner();
    // What is persistent is of a family only with a number at its end; most znodes of most trees are persistent.
    if session.is_none() && !last.is_ascii_digit() {
        return None;
    }
    let seen = Seen { name, znode, session };
    match name.as_bytes()[0] {
        // A GUID against lost connections: if it is none of these, it is a znode that is kept up, and not a contender.
        b'_' if name.starts_with("_c_") => return seen.protected(),
        b'e' if name.starts_with("entry-") => seen.entry(),
        b'q' => seen.queue(),
        b'l' if name.starts_with(LETTER) => seen.letter(),
        _ => None,
    }
    .or_else(|| seen.kazoo())
    .or_else(|| if last.is_ascii_digit() { seen.numbered() } else { None })
    .or_else(|| seen.unnumbered())
}

/// What the name of an item begins with that this console has set aside.
pub(crate) const LETTER: &str = "letter-";

struct Seen<'a> {
    name: &'a Name,
    znode: &'a Znode,
    session: Option<SessionId>,
}

/// Who makes a znode of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Ephemeral,
    Persistent,
    Either,
}

/// What stands before the number, where it is always the same.
const LABELS: [(&str, Kept, Family, Mode); 19] = [
    ("", Kept::Ephemeral, Family::BareLock, Mode::Exclusive),
    ("n_", Kept::Ephemeral, Family::ApacheCandidate, Mode::Candidate),
    ("n-", Kept::Ephemeral, Family::ClientLock, Mode::Exclusive),
    ("read-", Kept::Ephemeral, Family::SharedLock, Mode::Read),
    ("write-", Kept::Ephemeral, Family::SharedLock, Mode::Write),
    ("ex", Kept::Ephemeral, Family::RubyLock, Mode::Write),
    ("sh", Kept::Ephemeral, Family::RubyLock, Mode::Read),
    ("sem", Kept::Ephemeral, Family::RubySemaphore, Mode::Lease),
    ("ballot", Kept::Ephemeral, Family::RubyBallot, Mode::Candidate),
    ("message", Kept::Persistent, Family::RubyMessage, Mode::Exclusive),
    ("V_", Kept::Ephemeral, Family::BookkeeperVote, Mode::Candidate),
    ("info_", Kept::Ephemeral, Family::MesosMaster, Mode::Candidate),
    ("json.info_", Kept::Ephemeral, Family::MesosMaster, Mode::Candidate),
    ("leader_election-", Kept::Ephemeral, Family::ClickhouseCandidate, Mode::Candidate),
    ("query-", Kept::Persistent, Family::ClickhouseQuery, Mode::Exclusive),
    ("LOCK-SHARED-", Kept::Either, Family::HiveLock, Mode::Read),
    ("LOCK-EXCLUSIVE-", Kept::Either, Family::HiveLock, Mode::Write),
    ("LOCK-SEMI_SHARED-", Kept::Either, Family::HiveLock, Mode::Write),
    ("lock-", Kept::Ephemeral, Family::ClientLock, Mode::Exclusive),
];

impl Seen<'_> {
    fn sighting(&self, family: Family, mode: Mode, primary: i64, sequence: i32, shape: Shape) -> Sighting {
        let place = Place { primary, sequence, mode, name: self.name.clone() };
        Sighting { family, shape, place, session: self.session }
    }

    fn contender(&self, family: Family, mode: Mode, sequence: i32) -> Option<Sighting> {
        self.session.map(|_| self.sighting(family, mode, 0, sequence, Shape::Plain))
    }

    /// An ephemeral member without a number: it stands by the transaction that made it.
    fn member(&self, family: Family) -> Option<Sighting> {
        let czxid = self.znode.stat().czxid.0;
        self.session.map(|_| self.sighting(family, Mode::Lease, czxid, 0, Shape::Plain))
    }

    /// Names that begin with a GUID against lost connections, as Curator and go-zookeeper make them.
    fn protected(&self) -> Option<Sighting> {
        let rest = self.name.strip_prefix("_c_")?;
        if let Some((_, rest)) = rest.split_at_checked(36).filter(|(guid, _)| is_uuid(guid)) {
            let family = |infix, family, mode| {
                self.contender(family, mode, sequence::parse(rest.strip_prefix(infix)?)?)
            };
            return family("-lock-", Family::CuratorLock, Mode::Exclusive)
                .or_else(|| family("-__WRIT__", Family::CuratorReadWrite, Mode::Write))
                .or_else(|| family("-__READ__", Family::CuratorReadWrite, Mode::Read))
                .or_else(|| family("-latch-", Family::CuratorLatch, Mode::Candidate))
                .or_else(|| family("-lease-", Family::CuratorLease, Mode::Lease));
        }
        let (_, rest) = rest.split_at_checked(32).filter(|(guid, _)| is_hex(guid))?;
        let number = sequence::parse(rest.strip_prefix("-lock-")?)?;
        self.contender(Family::GoLock, Mode::Exclusive, number)
    }

    fn kazoo(&self) -> Option<Sighting> {
        let (_, rest) = self.name.split_at_checked(32).filter(|(guid, _)| is_hex(guid))?;
        if let Some((mode, number)) = rest
            .strip_prefix("__lock__")
            .map(|number| (Mode::Write, number))
            .or_else(|| rest.strip_prefix("__rlock__").map(|number| (Mode::Read, number)))
        {
            return Some(self.sighting(Family::KazooLock, mode, 0, sequence::parse(number)?, Shape::Plain));
        }
        match rest {
            "" => self.member(Family::KazooLease),
            "__party__" => self.member(Family::KazooParty),
            _ => {
                let identifier = rest.strip_prefix('-').filter(|identifier| !identifier.is_empty())?;
                let same = identifier.as_bytes() == self.znode.data();
                same.then(|| self.member(Family::KazooShallow))?
            }
        }
    }

    fn entry(&self) -> Option<Sighting> {
        let (priority, number) = self.name.strip_prefix("entry-")?.split_at_checked(3)?;
        let priority = digits(priority)?;
        let number = sequence::parse(number.strip_prefix('-')?)?;
        let family = if self.session.is_some() { Family::KazooTaken } else { Family::KazooEntry };
        Some(self.sighting(family, Mode::Exclusive, priority, number, Shape::Plain))
    }

    fn letter(&self) -> Option<Sighting> {
        let (hash, czxid) = self.name.strip_prefix(LETTER)?.split_once('-')?;
        let is_hash = hash.len() == 8 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let czxid = digits(czxid).filter(|_| czxid.len() == 19 && is_hash && self.session.is_none())?;
        Some(self.sighting(Family::DeadLetter, Mode::Exclusive, czxid, 0, Shape::Plain))
    }

    fn queue(&self) -> Option<Sighting> {
        let item = |family, primary, number, shape| {
            Some(self.sighting(family, Mode::Exclusive, primary, number, shape))
        };
        if let Some(number) = self.name.strip_prefix("qn-") {
            let number = sequence::parse(number).filter(|_| self.session.is_none())?;
            return item(Family::SimpleItem, 0, number, Shape::Plain);
        }
        if let Some(number) = self.name.strip_prefix("qnr-") {
            return item(Family::SolrAnswer, 0, sequence::parse(number)?, Shape::Plain);
        }
        let rest = self.name.strip_prefix("queue-")?;
        let grown = self.session.is_none() && self.znode.data().starts_with(&item_name::FRAME);
        if grown
            && rest.len() >= 20
            && rest.len().is_multiple_of(10)
            && rest.bytes().all(|byte| byte.is_ascii_digit())
        {
            let number = sequence::parse(&rest[rest.len() - 10..])?;
            return item(Family::CuratorGrown, 0, number, Shape::Plain);
        }
        let (shape, primary, number) = item_name::read(rest)?;
        match (self.session, self.znode.data()) {
            (Some(_), _) => item(Family::CuratorItemLock, primary, number, shape),
            (None, data) if data.starts_with(&item_name::FRAME) => {
                item(Family::CuratorItem, primary, number, shape)
            }
            (None, data) if data.starts_with(b"format version: ") && shape == Shape::Plain => {
                item(Family::ClickhouseEntry, 0, number, shape)
            }
            _ => None,
        }
    }

    /// A number at the end, and something before it that tells the family.
    fn numbered(&self) -> Option<Sighting> {
        // The digits are the id of a ledger and no number of ZooKeeper's.
        if self.name.strip_prefix("urL").is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())) {
            return self.member(Family::LedgerLock);
        }
        let (label, number) = sequence::split(self.name)?;
        if let Some((_, kept, family, mode)) = LABELS.iter().find(|(its, ..)| *its == label) {
            let fits = match kept {
                Kept::Ephemeral => self.session.is_some(),
                Kept::Persistent => self.session.is_none(),
                Kept::Either => true,
            };
            let query = *family != Family::ClickhouseQuery || self.znode.data().starts_with(b"version: ");
            return (fits && query).then(|| self.sighting(*family, *mode, 0, number, Shape::Plain));
        }
        let session = self.session?;
        let (family, mode) = session_in_name(label, session, self.znode)
            .or_else(|| aiozk(label))
            .or_else(|| other(label))
            .unwrap_or((Family::Sequential, Mode::Exclusive));
        self.contender(family, mode, number)
    }

    /// No number at the end: an ephemeral of any name.
    fn unnumbered(&self) -> Option<Sighting> {
        // A participant of Curator's double barrier writes its address; what writes JSON under a UUID is a service.
        let participant = is_uuid(self.name) && !self.znode.data().starts_with(b"{");
        self.member(if participant { Family::CuratorParticipant } else { Family::Ephemeral })
    }
}

/// Names that repeat the session that owns the znode: `x-<session>-` and `<session>-<node>-n_`.
fn session_in_name(label: &str, session: SessionId, znode: &Znode) -> Option<(Family, Mode)> {
    if let Some(owner) = label.strip_prefix("x-") {
        let owner = owner.strip_suffix('-')?;
        if owner == format!("{:016x}", session.0) {
            return Some((Family::NativeLock, Mode::Exclusive));
        }
        // Java's recipe writes these two bytes into each of its znodes; others that use its names do not.
        let java = znode.data() == [0x12, 0x34] || !znode.readable();
        let family = if java { Family::ApacheLock } else { Family::ClientLock };
        return (owner == session.0.to_string()).then_some((family, Mode::Exclusive));
    }
    let node = label.strip_suffix("-n_")?.strip_prefix(session.0.to_string().as_str())?.strip_prefix('-')?;
    (!node.is_empty()).then_some((Family::SolrCandidate, Mode::Candidate))
}

/// `<label>-<32 hex>-`, as aiozk's `SequentialRecipe` makes them.
fn aiozk(label: &str) -> Option<(Family, Mode)> {
    let (label, guid) = label.strip_suffix('-')?.rsplit_once('-')?;
    if guid.len() != 32 || !is_hex(guid) || label.is_empty() {
        return None;
    }
    Some(match label {
        "lock" => (Family::AiozkLock, Mode::Exclusive),
        "read" => (Family::AiozkReadWrite, Mode::Read),
        "write" => (Family::AiozkReadWrite, Mode::Write),
        "candidate" => (Family::AiozkCandidate, Mode::Candidate),
        "lease" => (Family::AiozkLease, Mode::Lease),
        "worker" => (Family::AiozkWorker, Mode::Lease),
        _ => (Family::AiozkMember, Mode::Lease),
    })
}

fn other(label: &str) -> Option<(Family, Mode)> {
    if label.strip_suffix("lock-").is_some_and(|before| before.ends_with('-')) {
        return Some((Family::ClientLock, Mode::Exclusive));
    }
    if let Some(id) = label.strip_prefix("latch-") {
        return id.strip_suffix('-').map(|_| (Family::CrateLatch, Mode::Candidate));
    }
    let guid = label.strip_prefix("zlock#")?.strip_suffix('#')?;
    is_uuid(guid).then_some((Family::AccumuloLock, Mode::Exclusive))
}

pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a text is a UUID in lower case with its dashes.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
