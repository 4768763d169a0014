//! The tree over HTTP: a znode with its ACL, and pages of children.

use axum::Json;
use serde::Deserialize;
use zooscope_model::project;
use zooscope_protocol::api::Page;
use zooscope_protocol::{Bytes, Child, Node, RefusalCode, ZnodePath};

use super::Problem;
use super::extract::{At, Cluster, Query, limit, path};
use crate::auth::Sight;
use crate::ensemble::Error;
use crate::mirror::Whole;

/// A znode. Where ZooKeeper answers it is read there, whole and with its ACL; where not, the mirror's is shown without an ACL.
pub(super) async fn node(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(At { path: text }): Query<At>,
) -> Result<Json<Node>, Problem> {
    let path = path(&text)?;
    if !sight.sees(&path) {
        return Err(no_node(&path));
    }
    let mirrored = project::node(&watched.mirror.current(), &path);
    match watched.mirror.whole(&path).await {
        Ok(Whole { stat, data, acl }) => {
            let mut node = mirrored.unwrap_or_else(|| Node {
                path: path.clone(),
                stat,
                data: Bytes::default(),
                truncated: false,
                acl: None,
                readable: true,
                recipe: None,
                part_of: None,
            });
            node.stat = stat;
            node.truncated = false;
            node.readable = data.is_some();
            node.data = Bytes(data.unwrap_or_default());
            node.acl = acl;
            sight.node(&mut node);
            Ok(Json(node))
        }
        Err(Error::NoNode) => Err(no_node(&path)),
        Err(error) => {
            let mut node = mirrored.ok_or_else(|| Problem::from(error))?;
            sight.node(&mut node);
            Ok(Json(node))
        }
    }
}

/// `?path=&after=&limit=&q=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Children {
    path: String,
    after: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    q: String,
}

/// A page of children by name. `after` is the name of the last child of the page before, whether or not it is still there.
pub(super) async fn children(
    Cluster(watched): Cluster,
    sight: Sight,
    Query(query): Query<Children>,
) -> Result<Json<Page<Child>>, Problem> {
    let path = path(&query.path)?;
    let limit = limit(query.limit, 500)?;
    let revision = watched.mirror.current();
    let shown = |child: &Child| path.child(&child.name).is_ok_and(|path| sight.sees(&path));
    let found = if !sight.sees(&path) {
        None
    } else if sight.is_whole() {
        project::children_after(&revision, &path, &query.q, query.after.as_deref(), limit + 1)
    } else {
        // Those that are not shown are in no count either.
        project::children_after(&revision, &path, &query.q, None, usize::MAX).map(|(_, mut all)| {
            all.retain(shown);
            let total = all.len() as u64;
            all.retain(|child| query.after.as_ref().is_none_or(|after| child.name > *after));
            all.truncate(limit + 1);
            (total, all)
        })
    };
    let (total, mut items) = found.ok_or_else(|| no_node(&path))?;
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Json(Page {
        revision: revision.id,
        total,
        next: items.last().filter(|_| more).map(|child| child.name.clone()),
        items,
    }))
}

fn no_node(path: &ZnodePath) -> Problem {
    Problem::new(RefusalCode::NoNode, format!("there is no znode at `{path}`"))
}
