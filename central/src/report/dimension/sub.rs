use super::{Dimension, Names};

macro_rules! sub {
    ($name:literal) => {
        Dimension {
            name: $name,
            aliases: &[],
            of_click: concat!("c.", $name),
            of_conversion: concat!("c.", $name),
            names: Names::None,
        }
    };
}

pub const DIMENSIONS: [Dimension; 10] = [
    sub!("sub1"),
    sub!("sub2"),
    sub!("sub3"),
    sub!("sub4"),
    sub!("sub5"),
    sub!("sub6"),
    sub!("sub7"),
    sub!("sub8"),
    sub!("sub9"),
    sub!("sub10"),
];
