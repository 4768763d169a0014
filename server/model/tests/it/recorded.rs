//! Recorded trees as revisions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::Value;
use zooscope_model::{Record, Revision, Tree};
use zooscope_protocol::{ClusterInfo, RevisionId, Stat, Status, Timestamp, ZnodePath, Zxid};

/// A recorded tree and what its clients said of themselves.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The tree as the first live revision.
    pub(crate) revision: Revision,
    /// What the clients said.
    pub(crate) expected: Value,
}

impl Recorded {
    /// A recording of a recipe.
    pub(crate) fn tree(name: &str) -> Self {
        Self::read(&format!("trees/{name}.json"))
    }

    /// A recording of what is no lock and no work queue.
    pub(crate) fn not_lock(name: &str) -> Self {
        Self::read(&format!("not-locks/{name}.json"))
    }

    /// The recording of this name, of a recipe or not.
    pub(crate) fn named(name: &str) -> Self {
        if folder_of().join(format!("trees/{name}.json")).exists() {
            Self::tree(name)
        } else {
            Self::not_lock(name)
        }
    }

    /// The names of all recordings.
    pub(crate) fn files() -> Vec<String> {
        let folders = ["trees", "not-locks"].map(|folder| folder_of().join(folder));
        let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(folder_of().join(file)).unwrap();
        let recording: Value = serde_json::from_str(&text).unwrap();
        let mut nodes: Vec<(ZnodePath, Record)> = recording["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| (path(&node["path"]), record(node)))
            .collect();
        nodes.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut tree = Tree::default();
        for (path, record) in nodes {
            for ancestor in ancestors(&path) {
                if tree.get(&ancestor).is_none() {
                    tree.put(
                        &ancestor,
                        Record { stat: Stat::default(), data: Arc::from([]), readable: true },
                    );
                }
            }
            tree.put(&path, record);
        }
        let at = Timestamp(recording["captured_ms"].as_i64().unwrap());
        let revision = Revision::first(info(Status::Scanning), at).next(tree, info(Status::Live), at);
        Self { revision, expected: recording["expect"].clone() }
    }

    /// These and no others are expected, in whatever order the clients told them.
    #[track_caller]
    pub(crate) fn expects(&self, key: &str, found: &[&ZnodePath]) {
        let expected: BTreeSet<&str> = self.texts(key).into_iter().collect();
        let found: BTreeSet<&str> = found.iter().map(|path| path.as_str()).collect();
        assert_eq!(found, expected, "{key}");
    }

    /// These are expected in this order.
    #[track_caller]
    pub(crate) fn expects_in_order(&self, key: &str, found: &[&ZnodePath]) {
        assert_eq!(found.iter().map(|path| path.as_str()).collect::<Vec<_>>(), self.texts(key), "{key}");
    }

    /// These texts are expected in this order.
    #[track_caller]
    pub(crate) fn expects_texts(&self, key: &str, found: &[String]) {
        assert_eq!(found, self.texts(key), "{key}");
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        self.expected[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }
}

/// A cluster in this status.
pub(crate) fn info(status: Status) -> ClusterInfo {
    ClusterInfo {
        name: "recorded".to_owned(),
        connect: "127.0.0.1:2181".to_owned(),
        status,
        server_version: None,
        session: None,
        znodes: 0,
        expected: 0,
        revision: RevisionId(0),
        since: Timestamp(0),
        error: None,
        environment: zooscope_protocol::Environment::default(),
    }
}

fn folder_of() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn ancestors(path: &ZnodePath) -> Vec<ZnodePath> {
    let mut ancestors: Vec<_> = std::iter::successors(path.parent(), ZnodePath::parent).collect();
    ancestors.reverse();
    ancestors
}

fn path(value: &Value) -> ZnodePath {
    ZnodePath::parse(value.as_str().unwrap()).unwrap()
}

fn record(node: &Value) -> Record {
    let data = match (&node["data_utf8"], &node["data_base64"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::String(text)) => base64::engine::general_purpose::STANDARD.decode(text).unwrap(),
        _ => Vec::new(),
    };
    let hex = |key: &str| {
        let text = node[key].as_str().unwrap().trim_start_matches("0x");
        i64::from_ne_bytes(u64::from_str_radix(text, 16).unwrap().to_ne_bytes())
    };
    let number = |key: &str| i32::try_from(node[key].as_i64().unwrap()).unwrap();
    let time = |key: &str| Timestamp(node[key].as_i64().unwrap());
    let stat = Stat {
        czxid: Zxid(hex("czxid")),
        mzxid: Zxid(hex("mzxid")),
        ctime: time("ctime"),
        mtime: time("mtime"),
        version: number("version"),
        cversion: number("cversion"),
        aversion: number("aversion"),
        ephemeral_owner: hex("ephemeralOwner"),
        data_length: number("dataLength"),
        num_children: number("numChildren"),
        pzxid: Zxid(hex("pzxid")),
    };
    Record { stat, data: Arc::from(data), readable: true }
}
