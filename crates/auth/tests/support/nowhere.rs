//! An address where nobody listens.

use std::net::{Ipv4Addr, SocketAddrV4};

use socket2::{Domain, Socket, Type};

/// A port of this machine that is taken, so that nobody else gets it, and refuses every connection.
pub struct Nowhere(Socket);

impl Nowhere {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        socket.bind(&any_port.into()).unwrap();
        Self(socket)
    }

    pub fn url(&self) -> String {
        let address = self.0.local_addr().unwrap().as_socket().unwrap();
        format!("http://{address}/api")
    }
}
