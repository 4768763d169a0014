//! Where the console listens, and under which names it answers.

use std::net::SocketAddr;

use super::Error;

/// The address and the host names of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The address to bind to; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Host names, without port, that a request may name beside those of loopback: those of a tunnel's far end.
    pub allowed_hosts: Vec<String>,
}

impl Listen {
    /// The default address.
    pub const DEFAULT: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9180);

    pub(super) fn parse(address: Option<&str>, allowed_hosts: Vec<String>) -> Result<Self, Error> {
        let address = match address {
            None => Self::DEFAULT,
            Some(text) => text.parse::<SocketAddr>().map_err(|_| {
                Error::value("listen", format!("`{text}` is no address; write IP:PORT, as 127.0.0.1:9180"))
            })?,
        };
        if !address.ip().to_canonical().is_loopback() {
            let why = format!(
                "`{address}` can be reached from other machines, and this console has no authentication yet; \
                 listen on 127.0.0.1 or [::1] and reach it through a tunnel, as ssh -L 9180:127.0.0.1:9180"
            );
            return Err(Error::value("listen", why));
        }
        if let Some(host) =
            allowed_hosts.iter().find(|host| host.is_empty() || host.contains(['/', ':', ' ']))
        {
            return Err(Error::value("allowed_hosts", format!("`{host}` is no host name")));
        }
        Ok(Self { address, allowed_hosts })
    }
}
