//! Whose a connection over loopback is. The relay may have the console's own certificate behind it, which is nobody else's to use.

use std::net::{IpAddr, SocketAddr};

/// Whether the other end of a connection belongs to the user who runs the console. Where the system does not tell, it does.
#[cfg(target_os = "linux")]
pub(super) fn is_own(peer: SocketAddr, local: SocketAddr) -> bool {
    let Ok(table) = std::fs::read_to_string("/proc/self/net/tcp") else { return true };
    user_of(&table, peer, local) == Some(rustix::process::geteuid().as_raw())
}

/// Whether the other end of a connection belongs to the user who runs the console. This system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_own(_: SocketAddr, _: SocketAddr) -> bool {
    true
}

/// The user whose socket has this address and this other end, by the kernel's table (`proc(5)`, `/proc/net/tcp`).
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no such table"))]
fn user_of(table: &str, of: SocketAddr, to: SocketAddr) -> Option<u32> {
    let (of, to) = (written(of)?, written(to)?);
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let found = fields.next() == Some(of.as_str()) && fields.next() == Some(to.as_str());
        // After the two: state, queues, timer, retransmissions, user.
        if found { fields.nth(4)?.parse().ok() } else { None }
    })
}

/// An address as the table writes it: the bytes of the address as one number of this machine's, in hexadecimal.
fn written(address: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_this_process_connects_is_its_own_and_nothing_else_is() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, peer) = listener.accept().unwrap();
        assert!(is_own(peer, server.local_addr().unwrap()));
        drop(client);
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        assert!(!is_own(nobody, server.local_addr().unwrap()));
    }

    #[test]
    fn the_table_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12345 1\n";
        let (of, to) =
            (SocketAddr::from(([127, 0, 0, 1], 50_000)), SocketAddr::from(([127, 0, 0, 1], 8_080)));
        if cfg!(target_endian = "little") {
            assert_eq!(user_of(table, of, to), Some(1_000));
            assert_eq!(user_of(table, to, of), None);
        }
    }
}
