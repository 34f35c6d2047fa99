use super::Dimension;

macro_rules! sub {
    ($name:literal, $title:literal) => {
        Dimension {
            name: $name,
            title: $title,
            of_click: concat!("c.", $name),
            of_conversion: concat!("c.", $name),
            click_columns: &[$name],
            ..Dimension::TEXT
        }
    };
}

pub const DIMENSIONS: [Dimension; 10] = [
    sub!("sub1", "Sub 1"),
    sub!("sub2", "Sub 2"),
    sub!("sub3", "Sub 3"),
    sub!("sub4", "Sub 4"),
    sub!("sub5", "Sub 5"),
    sub!("sub6", "Sub 6"),
    sub!("sub7", "Sub 7"),
    sub!("sub8", "Sub 8"),
    sub!("sub9", "Sub 9"),
    sub!("sub10", "Sub 10"),
];
