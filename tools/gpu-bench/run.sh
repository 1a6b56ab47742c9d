#!/bin/sh
# Runs the bench on a machine with an NVIDIA GPU: sh run.sh [options of bench.mjs]. Needs no Node, no npm and no CUDA toolkit; Python with
# PyTorch, if installed, provides the reference and NVRTC. Results are written to results/ beside this file.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# unpacked beside this file: in a shared temporary folder another user could place a program of the same name
node=${NODE:-$here/node}
if [ ! -x "$node" ]; then
  if [ -f "$here/node.xz" ]; then
    echo "unpacking Node"
    if command -v xz >/dev/null; then
      xz -dc "$here/node.xz" >"$here/node.part" || exit 1
    elif command -v python3 >/dev/null; then
      python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$here/node.xz" "$here/node.part" || exit 1
    else
      echo "unpacking Node needs xz or python3; install one, or set NODE to a Node of version 20.19 or newer" >&2
      exit 1
    fi
    chmod +x "$here/node.part" && mv "$here/node.part" "$here/node"
  elif command -v node >/dev/null; then
    node=$(command -v node)
  else
    echo "Node was not found; pack without --without-node, or set NODE to a Node of version 20.19 or newer" >&2
    exit 1
  fi
fi

# the Vulkan loader and NVIDIA's driver for it, for WebGPU
[ -d "$here/lib" ] && export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json; do
  [ -f "$file" ] && export VK_DRIVER_FILES="${VK_DRIVER_FILES:-$file}"
done

cd "$here" || exit 1
"$node" bench.mjs --out results "$@" || exit 1
echo
if command -v python3 >/dev/null; then
  python3 reference.py results
else
  echo "PyTorch: not run, python3 was not found"
fi
