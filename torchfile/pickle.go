package torchfile

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// unpickle reads a pickle of torch.save. Objects of all classes but those of tensors and dicts are *opaque: nothing is known of
// them, and no code of theirs runs.
func unpickle(text []byte) (object any, err error) {
	if err := checkPickle(text); err != nil {
		return nil, err
	}
	defer func() { // the library indexes what a damaged pickle leaves out
		if recover() != nil {
			object, err = nil, errCut
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(text))
	u.FindClass = findClass
	u.PersistentLoad = loadStorage
	if object, err = u.Load(); err != nil {
		return nil, fmt.Errorf("the pickle cannot be read: %.200s", err.Error())
	}
	return object, nil
}

// dtypes are the names of PyTorch's storages with those of safetensors.
var dtypes = map[string]string{
	"FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16", "DoubleStorage": "F64", "LongStorage": "I64", "IntStorage": "I32",
	"ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8", "BoolStorage": "BOOL",
}

// storageClass is the class of a storage, by its dtype.
type storageClass string

// storage is a record of the archive that holds the numbers of tensors.
type storage struct {
	dtype, key string
	size       int // elements
}

// view is a tensor of a storage, in elements of it.
type view struct {
	storage       storage
	offset        int
	shape, stride []int
}

// opaque is an object or a class that is not read.
type opaque struct{ class string }

// These methods are what a pickle may do to an object.

func (o *opaque) Call(...any) (any, error)  { return o, nil }
func (o *opaque) PyNew(...any) (any, error) { return o, nil }
func (o *opaque) PySetState(any) error      { return nil }
func (o *opaque) Set(any, any)              {}
func (o *opaque) Append(any)                {}
func (o *opaque) Add(any)                   {}

// rebuild is the function of PyTorch that makes a tensor.
type rebuild struct{}

// reparameter is the one that makes a parameter of a tensor.
type reparameter struct{}

func findClass(module, name string) (any, error) {
	switch module {
	case "torch":
		if dtype, ok := dtypes[name]; ok {
			return storageClass(dtype), nil
		}
	case "torch._utils":
		switch name {
		case "_rebuild_tensor", "_rebuild_tensor_v2":
			return rebuild{}, nil
		case "_rebuild_parameter", "_rebuild_parameter_with_state":
			return reparameter{}, nil
		}
	}
	return &opaque{module + "." + name}, nil
}

// loadStorage reads ("storage", class, key, location, elements).
func loadStorage(id any) (any, error) {
	tuple, ok := id.(*types.Tuple)
	if !ok || tuple.Len() < 5 || tuple.Get(0) != "storage" {
		return nil, fmt.Errorf("a storage has no class, key, place and size")
	}
	if class, ok := tuple.Get(1).(*opaque); ok {
		return class, nil
	}
	class, isClass := tuple.Get(1).(storageClass)
	key, isKey := tuple.Get(2).(string)
	size, isSize := tuple.Get(4).(int)
	if !isClass || !isKey || !isSize || size < 0 {
		return nil, fmt.Errorf("a storage has no class, key, place and size")
	}
	return storage{string(class), key, size}, nil
}

// Call implements types.Callable: (storage, offset, shape, stride, …).
func (rebuild) Call(args ...any) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("a tensor has %d parts, expected at least a storage, an offset, a shape and strides", len(args))
	}
	if o, ok := args[0].(*opaque); ok {
		return o, nil
	}
	of, isStorage := args[0].(storage)
	offset, isOffset := args[1].(int)
	shape, isShape := integers(args[2])
	stride, isStride := integers(args[3])
	if !isStorage || !isOffset || !isShape || !isStride || len(shape) != len(stride) {
		return nil, fmt.Errorf("a tensor has no storage, offset, shape and strides")
	}
	return view{of, offset, shape, stride}, nil
}

func integers(object any) (list []int, ok bool) {
	tuple, ok := object.(*types.Tuple)
	if !ok {
		return nil, false
	}
	for _, v := range *tuple {
		n, ok := v.(int)
		if !ok {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

// Call implements types.Callable: (tensor, …).
func (reparameter) Call(args ...any) (any, error) {
	if len(args) < 1 {
		return nil, fmt.Errorf("a parameter has no tensor")
	}
	return args[0], nil
}

// isDict reports whether an object is a dict.
func isDict(object any) bool {
	switch object.(type) {
	case *types.Dict, *types.OrderedDict:
		return true
	}
	return false
}

// entries are those of a dict, by their text keys; nil for any other object.
func entries(object any) map[string]any {
	list := map[string]any{}
	put := func(key, value any) {
		if name, ok := key.(string); ok {
			list[name] = value
		}
	}
	switch dict := object.(type) {
	case *types.Dict:
		for _, e := range *dict {
			put(e.Key, e.Value)
		}
	case *types.OrderedDict:
		for key, e := range dict.Map {
			put(key, e.Value)
		}
	default:
		return nil
	}
	return list
}

// describe names an object for an error.
func describe(object any) string {
	switch o := object.(type) {
	case *opaque:
		return fmt.Sprintf("an object of the class %.200q", o.class)
	case view:
		return "one tensor"
	case nil:
		return "None"
	}
	return "a " + strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", object), "*types."))
}
