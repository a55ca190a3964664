"""A camera that films one picture, for a program that looks through it: Video4Linux2 played by `umockdev`.

umockdev-wrapper /usr/bin/python3 camera.py PICTURE COMMAND…

PICTURE holds 640 × 480 grey bytes. The command finds the camera as /dev/video0: it gives YUYV, by streaming, every other frame empty.
Ends the command after its first line, which it prints.
"""

import struct
import subprocess
import sys
import threading

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

WIDTH, HEIGHT, BUFFERS = 640, 480, 2
SIZE = WIDTH * HEIGHT * 2
NODE = "/dev/video0"

# linux/videodev2.h: numbers of requests, and a few flags
QUERYCAP, ENUM_FMT, S_FMT, REQBUFS, QUERYBUF, QBUF, DQBUF, STREAMON, STREAMOFF = 0, 2, 5, 8, 9, 15, 17, 18, 19
VIDEO_CAPTURE, STREAMING, DEVICE_CAPS = 0x00000001, 0x04000000, 0x80000000
EINVAL, ENOTTY = 22, 25

queued = []


def yuyv(grey):
    pixels = bytearray([128]) * SIZE
    pixels[0::2] = grey
    return bytes(pixels)


def answer(number, asked):
    """The error of a request, and what it changes of its argument: offsets and bytes."""
    word = lambda at: struct.unpack_from("<I", asked, at)[0]
    if number == QUERYCAP:
        names = b"umockdev".ljust(16, b"\0") + b"a camera".ljust(32, b"\0") + b"nowhere".ljust(32, b"\0")
        caps = struct.pack("<III", 0x060000, DEVICE_CAPS | STREAMING | VIDEO_CAPTURE, STREAMING | VIDEO_CAPTURE)
        return 0, {0: names + caps}
    if number == ENUM_FMT:
        return (EINVAL, {}) if word(0) else (0, {8: struct.pack("<I", 0) + b"YUYV 4:2:2".ljust(32, b"\0") + b"YUYV"})
    if number == S_FMT:
        return 0, {8: struct.pack("<II4sIII", WIDTH, HEIGHT, b"YUYV", 1, WIDTH * 2, SIZE)}
    if number == REQBUFS:
        return 0, {0: struct.pack("<I", BUFFERS)}
    if number == QUERYBUF:
        return 0, {64: struct.pack("<I", word(0) * SIZE), 72: struct.pack("<I", SIZE)}
    if number == QBUF:
        queued.append(word(0))
        return 0, {}
    if number == DQBUF:
        return 0, {0: struct.pack("<IIII", queued.pop(0), 1, SIZE, 0)}
    return (0, {}) if number in (STREAMON, STREAMOFF) else (ENOTTY, {})


def handle(_, client):
    request = client.get_request()
    argument = client.get_arg().resolve(0, (request >> 16) & 0x3FFF)
    error, changes = answer(request & 0xFF, bytes(argument.retrieve()))
    for offset, changed in changes.items():
        argument.update(offset, changed)
    client.complete(-1 if error else 0, error)
    return True


picture, *command = sys.argv[1:]
machine = UMockdev.Testbed.new()
# What stands after `=` makes it a file, which can be mapped into memory as the device can.
machine.add_from_string(f"P: /devices/virtual/video4linux/video0\nN: video0=00\nE: DEVNAME={NODE}\nE: SUBSYSTEM=video4linux\n")
with open(picture, "rb") as grey, open(machine.get_root_dir() + NODE, "wb") as buffers:
    buffers.write(yuyv(bytes([90]) * (WIDTH * HEIGHT)) + yuyv(grey.read()))
device = UMockdev.IoctlBase.new()
device.connect("handle-ioctl", handle)
machine.attach_ioctl(NODE, device)

loop = GLib.MainLoop()
process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def listen():
    print(process.stdout.readline().decode(), end="", flush=True)
    process.terminate()
    process.wait()
    GLib.idle_add(loop.quit)


threading.Thread(target=listen, daemon=True).start()
loop.run()
