//! The small API, and faults in it.

use keyfob_spec::{Diagnostics, Spec, read};

const OPENAPI: &str = include_str!("../lamp/openapi.yaml");
const ARAZZO: &str = include_str!("../lamp/tokens.arazzo.yaml");

/// What is replaced by what. An arrow in the new text stands where the complaint has to be.
pub type Edit = (&'static str, &'static str);

/// A fault: the edits that make it, a part of the complaint and a part of the remedy.
pub type Fault<'a> = (&'a [Edit], &'a str, &'a str);

/// The files of a folder that is not written yet.
pub struct Lamp {
    pub files: Vec<(&'static str, String)>,
}

impl Lamp {
    /// The API without a fault.
    pub fn new() -> Lamp {
        let files = vec![
            ("openapi.yaml", OPENAPI.to_owned()),
            ("tokens.arazzo.yaml", ARAZZO.to_owned()),
        ];
        Lamp { files }
    }

    /// With a further file.
    pub fn with(mut self, name: &'static str, text: &str) -> Lamp {
        self.files.push((name, text.to_owned()));
        self
    }

    /// With edits, each applied to the first file that has the text.
    pub fn edited(mut self, edits: &[Edit]) -> Lamp {
        for (old, new) in edits {
            let file = self.files.iter_mut().find(|(_, text)| text.contains(old));
            let (_, text) = file.unwrap_or_else(|| panic!("no file has {old:?}"));
            *text = text.replacen(old, new, 1);
        }
        self
    }

    /// Reads it from a folder `specs/lamp`.
    pub fn read(&self) -> Result<Spec, Diagnostics> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("specs/lamp");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &self.files {
            std::fs::write(folder.join(name), text.replace('→', "")).unwrap();
        }
        read(&folder)
    }

    /// File and line of the arrow.
    pub fn arrow_line(&self) -> String {
        let arrow = self.arrow();
        let (line, _) = arrow.rsplit_once(':').unwrap();
        line.to_owned()
    }

    /// Where the arrow stands.
    pub fn arrow(&self) -> String {
        let (name, text) = self
            .files
            .iter()
            .find(|(_, text)| text.contains('→'))
            .expect("no arrow says where the complaint has to be");
        let before = text.split('→').next().unwrap();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        format!("specs/lamp/{name}:{line}:{column}")
    }
}

/// Each fault is found where it is, and nothing else is complained about.
pub fn assert_found(faults: &[Fault<'_>]) {
    for (edits, message, help) in faults {
        let lamp = Lamp::new().edited(edits);
        let diagnostics = match lamp.read() {
            Ok(_) => panic!("{edits:?} is accepted"),
            Err(diagnostics) => diagnostics,
        };
        let complaints = diagnostics.complaints();
        assert_eq!(complaints.len(), 1, "{edits:?}\n{diagnostics}");
        let complaint = &complaints[0];
        assert_eq!(
            complaint.place().to_string(),
            lamp.arrow(),
            "{edits:?}\n{diagnostics}"
        );
        assert!(
            complaint.message().contains(message),
            "{edits:?}\n{diagnostics}"
        );
        assert!(complaint.help().contains(help), "{edits:?}\n{diagnostics}");
    }
}

/// Each change is accepted.
pub fn assert_accepted(changes: &[&[Edit]]) {
    for edits in changes {
        if let Err(diagnostics) = Lamp::new().edited(edits).read() {
            panic!("{edits:?}\n{diagnostics}");
        }
    }
}

/// A file that is read alone, as an `openapi.yaml`.
pub fn read_bytes(bytes: &[u8]) -> Result<Spec, Diagnostics> {
    read_alone("openapi.yaml", bytes)
}

/// A file that is read alone, as an `openapi.json`.
pub fn read_json(bytes: &[u8]) -> Result<Spec, Diagnostics> {
    read_alone("openapi.json", bytes)
}

fn read_alone(name: &str, bytes: &[u8]) -> Result<Spec, Diagnostics> {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("specs/lamp");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
    read(&folder)
}
