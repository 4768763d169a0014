//! An ensemble of three servers: three processes on three addresses of the loopback net, which end with the test.

use futures::future::try_join_all;

use crate::presence::Missing;
use crate::zookeeper::{Options, PrivateZooKeeper, free_port, options};

/// Three servers with a leader among them.
#[derive(Debug)]
pub struct Ensemble {
    /// The servers, by their id from 1.
    pub servers: Vec<PrivateZooKeeper>,
}

impl Ensemble {
    /// Starts three servers with these options beside their own, and waits until all of them serve. Each listens on an address of
    /// its own, 127.0.0.1 to 127.0.0.3, so that their AdminServers may share a port. `None`, said loudly, where there is no
    /// ZooKeeper to start or the machine has no such addresses.
    pub async fn start(more: Options) -> Option<Self> {
        const CURE: &str =
            "ZooKeeper and Java are what is tested against, and 127.0.0.2 and 127.0.0.3 belong to loopback";
        match Self::try_start(&more).await {
            Ok(ensemble) => Some(ensemble),
            Err(error) => {
                Missing::new(error.to_string(), CURE).skip();
                None
            }
        }
    }

    async fn try_start(more: &Options) -> Result<Self, crate::zookeeper::Error> {
        let address = |id: u8| std::net::IpAddr::from([127, 0, 0, id]);
        let admin_port = free_port(address(1))?;
        let mut quorum = Vec::new();
        for id in 1..=3 {
            let (follow, elect) = (free_port(address(id))?, free_port(address(id))?);
            quorum.push(format!("server.{id}={}:{follow}:{elect}", address(id)));
        }
        let start = |id: u8| {
            let mut extra = more.extra.clone();
            extra.extend(quorum.iter().cloned());
            PrivateZooKeeper::start(Options {
                address: address(id),
                admin_port: Some(admin_port),
                my_id: Some(id),
                extra,
                ..more.clone()
            })
        };
        Ok(Self { servers: try_join_all((1..=3).map(start)).await? })
    }

    /// The connect string of all servers.
    pub fn connect(&self) -> String {
        let servers: Vec<_> = self.servers.iter().map(PrivateZooKeeper::connect).collect();
        servers.join(",")
    }

    /// The options that every test of an ensemble starts from.
    pub fn options() -> Options {
        Options { heap_mib: 128, ..options() }
    }
}
