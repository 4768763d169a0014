//! The console needs nothing of the machine but its folder: no user's rights, no capability, no other file to write to.

use harness::presence::Missing;
use harness::{Console, zookeeper};
use zooscope_protocol::Outcome;

use crate::agreement::{LIMIT, there};
use crate::shelf::{dead_letter, done, items, stock, target};

#[tokio::test]
async fn it_acts_and_keeps_its_log_as_nobody_on_a_read_only_file_system() {
    let started = zookeeper::PrivateZooKeeper::start(zookeeper::options()).await;
    let missing = |error: zookeeper::Error| {
        Missing::new(error.to_string(), "ZooKeeper and Java are what is tested against")
    };
    let Some(zookeeper) = there(started.map_err(missing)) else { return };
    let console = Console::confined(&zookeeper.connect()).await;
    console.live(LIMIT).await;
    let of = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", console.process())).unwrap();
    let status = of("status");
    let line = |key: &str| {
        let line =
            status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{status}"));
        line.split_whitespace().next().unwrap_or_default().to_owned()
    };
    assert_ne!(line("Uid:"), "0", "{status}");
    for key in ["CapEff:", "CapPrm:"] {
        assert_eq!(line(key).trim_start_matches('0'), "", "{key} {status}");
    }
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        assert_eq!(
            (line("CapBnd:").trim_start_matches('0'), line("NoNewPrivs:").as_str()),
            ("", "1"),
            "{status}"
        );
        let mounts = of("mountinfo");
        let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap();
        assert!(
            root.split(' ').nth(5).is_some_and(|options| options.split(',').any(|one| one == "ro")),
            "{root}"
        );
    } else {
        eprintln!("not shown: a read-only file system, which takes root to make");
    }

    let client = zookeeper::client(&zookeeper.connect()).await;
    stock(&client, "/confined/queue", "item", 2).await;
    let all = items(&console, "/confined/queue", 2).await;
    let (_, executed) = done(&console, &dead_letter(target(&all[0])), "confined").await;
    assert_eq!(executed.outcome, Outcome::Done, "{executed:?}");
    let data = console.data_dir();
    let (code, said) =
        harness::console::run_to_end(&["audit", "verify", "--data-dir", data.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!console.log().contains("panicked"), "{}", console.log());
}
