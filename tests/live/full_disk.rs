//! A disk that takes no more: what cannot be written down is not done.

use std::time::Duration;

use harness::scene::Scene;
use harness::transactions::writes;
use harness::{confirmed, eventually, zookeeper};
use zooscope_protocol::RefusalCode;

use crate::agreement::LIMIT;
use crate::shelf::{dead_letter, items, stock, target};

#[tokio::test]
async fn nothing_is_done_while_the_audit_log_cannot_be_written() {
    let Some(mut scene) = Scene::start().await else { return };
    let client = zookeeper::client(&scene.zookeeper.connect()).await;
    stock(&client, "/full/queue", "item", 3).await;
    let all = items(&scene.console, "/full/queue", 3).await;
    let of = |at: usize| dead_letter(target(&all[at]));
    crate::shelf::done(&scene.console, &of(0), "before").await;
    let before = writes(scene.zookeeper.directory());
    let tree = zookeeper::walk(&client, "/").await;

    scene.console.limit_files(Some(1));
    let plan = scene.console.plan(&of(1)).await.unwrap();
    for attempt in ["first", "second"] {
        let refused = scene
            .console
            .execute(&plan.digest, &confirmed(&plan.confirm.expected, attempt))
            .await
            .unwrap_err();
        assert_eq!((refused.status, refused.code), (503, RefusalCode::NoAudit), "{}", refused.detail);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(writes(scene.zookeeper.directory()), before, "by ZooKeeper's own log nothing was written");
    assert_eq!(zookeeper::walk(&client, "/").await, tree);
    assert!(scene.console.is_running(), "who looks is served");
    assert_eq!(scene.console.get("/clusters").await.status, 200);

    // When there is room again it goes on, and the log is whole.
    scene.console.limit_files(None);
    eventually("it goes on", LIMIT, async || {
        let plan = scene.console.plan(&of(1)).await.map_err(|problem| problem.detail.clone())?;
        let after = scene.console.execute(&plan.digest, &confirmed(&plan.confirm.expected, "after")).await;
        after.map(drop).map_err(|problem| problem.detail.clone())
    })
    .await;
    let data = scene.console.data_dir();
    let (code, said) =
        harness::console::run_to_end(&["audit", "verify", "--data-dir", data.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!scene.console.log().contains("panicked"), "{}", scene.console.log());
}
