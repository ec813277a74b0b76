//! Streams of 1 GiB, down and up: each in a process of its own, whose peak memory the system
//! tells. The server is in it too, so the figure is more than the client's own.

use std::convert::Infallible;
use std::process::Command;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use futures_util::stream::{Stream, StreamExt, iter};
use keyfob_digilocker::{Client, Oauth2};
use keyfob_runtime::BodyStream;
use tokio::runtime::Builder;

use crate::Outcome;
use crate::report::Figure;
use crate::server::Server;

/// What the program is called with to be that process.
pub(crate) const PROGRAM: &str = "stream";

const LENGTH: usize = 1 << 30;
const PIECE: usize = 64 * 1024;
const MOST_MEMORY: u64 = 64;

pub(super) fn figures() -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    for (direction, what) in [("down", "1 GiB read"), ("up", "1 GiB sent")] {
        let program = std::env::current_exe()?;
        let ran = Command::new(program).args([PROGRAM, direction]).output()?;
        if !ran.status.success() {
            return Err(String::from_utf8_lossy(&ran.stderr).into_owned().into());
        }
        let peak: u64 = String::from_utf8(ran.stdout)?.trim().parse()?;
        figures.push(
            Figure::new(what, format!("{peak} MiB"))
                .gate(format!("below {MOST_MEMORY} MiB"), peak < MOST_MEMORY),
        );
    }
    Ok(figures)
}

/// That process: streams in this direction and prints its peak memory in MiB.
pub(crate) fn run(direction: Option<&str>) -> Outcome {
    let server = Server::start(digilocker())?;
    let client = Client::builder()
        .base_url(server.url())
        .credentials(Oauth2::new("token"))
        .build()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match direction {
        Some("up") => runtime.block_on(up(&client))?,
        _ => runtime.block_on(down(&client))?,
    }
    println!("{}", peak_memory()?);
    Ok(())
}

async fn down(client: &Client) -> Outcome {
    let mut file = client
        .get_file()
        .uri("in.gov-TEST-1")
        .send()
        .await?
        .into_inner();
    let mut length = 0;
    while let Some(piece) = file.next().await {
        length += piece?.len();
    }
    expect_all(length)
}

async fn up(client: &Client) -> Outcome {
    let upload = client.upload_file().path("a.pdf").hmac("none");
    let stream = BodyStream::new(pieces());
    upload.body_stream(stream).send().await?;
    Ok(())
}

fn expect_all(length: usize) -> Outcome {
    match length {
        LENGTH => Ok(()),
        other => Err(format!("{other} bytes instead of {LENGTH}").into()),
    }
}

/// The most memory that this process ever had, in MiB.
fn peak_memory() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|_| "only Linux tells the peak memory of a process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kibibytes: u64 = kibibytes.ok_or("no VmHWM")?.trim().parse()?;
    Ok(kibibytes.div_ceil(1024))
}

fn pieces() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let piece = Bytes::from_static(&[7; PIECE]);
    iter((0..LENGTH / PIECE).map(move |_| Ok(piece.clone())))
}

fn digilocker() -> Router {
    let file = || async {
        (
            [(CONTENT_TYPE, "application/pdf")],
            Body::from_stream(pieces()),
        )
    };
    let upload = |body: Body| async {
        let mut length = 0;
        let mut body = body.into_data_stream();
        while let Some(Ok(piece)) = body.next().await {
            length += piece.len();
        }
        match length {
            LENGTH => Ok(([(CONTENT_TYPE, "application/json")], r#"{"path":"a.pdf"}"#)),
            _ => Err(axum::http::StatusCode::BAD_REQUEST),
        }
    };
    Router::new()
        .route("/oauth2/1/file/{uri}", get(file))
        .route("/oauth2/1/file/upload", post(upload))
}
