"""Mounts a directory a second time with one owner shown as another: what EFS does to a client behind an access point.

Usage: id-mapped-mount.py <directory> <mount point> <uid on disk>:<uid shown> <gid on disk>:<gid shown>
mount(8) has X-mount.idmap only since util-linux 2.39. Other owners are shown as nobody.
"""
import ctypes
import os
import struct
import sys

OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
AT_FDCWD, AT_EMPTY_PATH, MOVE_MOUNT_F_EMPTY_PATH = -100, 0x1000, 4
OPEN_TREE_CLONE, O_CLOEXEC, MOUNT_ATTR_IDMAP, CLONE_NEWUSER = 1, 0x80000, 0x100000, 0x10000000

libc = ctypes.CDLL(None, use_errno=True)


def system_call(*arguments):
    result = libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


directory, mount_point, *maps = sys.argv[1:]
ready, done = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    os.close(done[1])
    os.write(ready[1], b"1" if libc.unshare(CLONE_NEWUSER) == 0 else b"0")
    os.read(done[0], 1)
    os._exit(0)
os.close(done[0])
if os.read(ready[0], 1) != b"1":
    sys.exit("this kernel makes no user namespaces")
for kind, pair in zip(("uid", "gid"), maps):
    with open(f"/proc/{child}/{kind}_map", "w") as file:
        file.write("{} {} 1".format(*pair.split(":")))
namespace = os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
tree = system_call(OPEN_TREE, AT_FDCWD, directory.encode(), OPEN_TREE_CLONE | O_CLOEXEC)
attributes = struct.pack("QQQQ", MOUNT_ATTR_IDMAP, 0, 0, namespace)
system_call(MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, attributes, len(attributes))
system_call(MOVE_MOUNT, tree, b"", AT_FDCWD, mount_point.encode(), MOVE_MOUNT_F_EMPTY_PATH)
os.close(done[1])
os.waitpid(child, 0)
