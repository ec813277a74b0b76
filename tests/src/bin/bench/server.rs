//! A loopback server on a thread of its own, so that its work is in no client's figures.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

/// More connections than any benchmark opens at once.
const BACKLOG: u32 = 4096;

/// A running server. It stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Starts on a free port of loopback.
    pub(crate) fn start(router: Router) -> io::Result<Self> {
        let (ready, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || runtime.block_on(serve(router, ready, stopped)));
        let address = address.recv().map_err(io::Error::other)??;
        Ok(Self {
            address,
            _stop: stop,
        })
    }

    /// The address to give to a client as its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(
    router: Router,
    ready: mpsc::Sender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
) {
    let listening = listen().and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = match listening {
        Ok((address, listener)) => (Ok(address), Some(listener)),
        Err(error) => (Err(error), None),
    };
    let is_awaited = ready.send(address).is_ok();
    if let (Some(listener), true) = (listener, is_awaited) {
        tokio::select! {
            _ = axum::serve(listener, router) => {}
            _ = stopped => {}
        }
    }
}

fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(BACKLOG)
}
