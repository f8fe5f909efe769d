"""Files that somebody sends: no form takes one."""

from typing import Any, NoReturn

from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class NoFiles(FileUploadHandler):
    """Lets go of each file while it arrives. Django's own would write it to the disk, before anybody is asked who they are."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Keep no byte of it. Raises SkipFile, after which Django reads on and forgets."""
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing comes here."""

    def file_complete(self, file_size: int) -> None:
        """Nothing is complete."""
