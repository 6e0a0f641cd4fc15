"""What the shapes of SmartArt say."""

from collections.abc import Iterator
from xml.etree.ElementTree import fromstring

from rag.loaders.office.equation import local_name


def lines(data: bytes) -> Iterator[str]:
    for point in fromstring(data).iter():
        for line in point.iter() if local_name(point) == "pt" else ():
            said = "".join(each.text or "" for each in line.iter() if local_name(each) == "t")
            if local_name(line) == "p" and said.strip():
                yield said
